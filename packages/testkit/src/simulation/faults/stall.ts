import type { FaultKind } from "./fault.ts";

/** An event loop stands still for less than the failure detector bears. */
export const stall: FaultKind = {
  name: "stall",
  effect: "none",
  draw: ({ random, nodes, ranges }) => {
    const node = random.pick(nodes);
    const durationMs = Math.round(random.between(1, ranges.stallMsMax));
    return {
      kind: "stall",
      details: { node, durationMs },
      cause: (scene) => scene.standStill(node, "stall", durationMs),
    };
  },
};
