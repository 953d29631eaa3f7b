import type { FaultKind } from "./fault.ts";

/** A wall clock jumps, forward or back. */
export const clock: FaultKind = {
  name: "clock",
  effect: "none",
  draw: ({ random, nodes, ranges }) => {
    const node = random.pick(nodes);
    const byMs = Math.round(random.between(-ranges.clockMsMax, ranges.clockMsMax));
    return { kind: "clock", details: { node, byMs }, cause: (scene) => scene.world.jumpClock(node, byMs) };
  },
};
