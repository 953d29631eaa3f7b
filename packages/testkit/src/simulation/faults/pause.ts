import type { FaultKind } from "./fault.ts";

/** A process stands still for longer than the failure detector bears. */
export const pause: FaultKind = {
  name: "pause",
  effect: "split",
  draw: ({ random, nodes, ranges }) => {
    const node = random.pick(nodes);
    const durationMs = Math.round(random.between(...ranges.pauseMs));
    return {
      kind: "pause",
      details: { node, durationMs },
      cause: (scene) => scene.standStill(node, "freeze", durationMs),
    };
  },
};
