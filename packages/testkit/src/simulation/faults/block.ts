import { type FaultKind, pickPair } from "./fault.ts";

/** One direction between two nodes is closed. */
export const block: FaultKind = {
  name: "block",
  effect: "split",
  draw: (source) => {
    const [from, to] = pickPair(source);
    return { kind: "block", details: { from, to }, cause: (scene) => scene.world.blockOneWay(from, to) };
  },
};
