import { type FaultKind, pickPair } from "./fault.ts";

/** The connections between two nodes are reset. */
export const cut: FaultKind = {
  name: "cut",
  effect: "none",
  draw: (source) => {
    const [a, b] = pickPair(source);
    return { kind: "cut", details: { a, b }, cause: (scene) => scene.world.cut(a, b) };
  },
};
