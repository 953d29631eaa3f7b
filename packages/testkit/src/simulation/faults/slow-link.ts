import { type FaultKind, pickPair } from "./fault.ts";

/** The way from one node to another becomes narrow and uneven. */
export const slowLink: FaultKind = {
  name: "slowLink",
  effect: "split",
  draw: (source) => {
    const { random, ranges } = source;
    const [from, to] = pickPair(source);
    const options = {
      bytesPerMs: random.between(...ranges.bytesPerMs),
      spreadMs: random.between(0, ranges.spreadMsMax),
      delayMs: random.between(0.1, ranges.delayMsMax),
    };
    return {
      kind: "slowLink",
      details: { from, to, ...options },
      cause: (scene) => scene.world.path(options, from, to),
    };
  },
};
