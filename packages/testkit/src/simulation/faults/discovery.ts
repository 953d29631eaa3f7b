import type { FaultKind } from "./fault.ts";

/** Discovery answers a node wrongly, late, several times or not at all, until the end of the faults. */
export const discovery: FaultKind = {
  name: "discovery",
  effect: "none",
  draw: ({ random, nodes }) => {
    const node = random.pick(nodes);
    const mode = random.pick(["right", "empty", "failing", "slow", "repeating", "repeating"] as const);
    return { kind: "discovery", details: { node, mode }, cause: (scene) => scene.world.discovery(node, mode) };
  },
};
