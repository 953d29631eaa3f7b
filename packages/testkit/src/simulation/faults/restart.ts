import type { FaultKind } from "./fault.ts";

/** A node that was down comes back. */
export const restart: FaultKind = {
  name: "restart",
  effect: "death",
  draw: ({ random, nodes }) => {
    const node = random.pick(nodes);
    return { kind: "restart", details: { node }, cause: (scene) => scene.bootAgain(node) };
  },
};
