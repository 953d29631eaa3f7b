import { type FaultKind, pickPair } from "./fault.ts";

/** Connections between two nodes are lost without a word: all, or some of them. */
export const sever: FaultKind = {
  name: "sever",
  // When one node loses its connections to all others, nobody can vouch for it.
  effect: "split",
  draw: (source) => {
    const [a, b] = pickPair(source);
    const share = source.random.chance(0.5) ? 1 : 0.5;
    return { kind: "sever", details: { a, b, share }, cause: (scene) => scene.world.sever(a, b, share) };
  },
};
