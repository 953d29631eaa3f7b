import type { FaultKind } from "./fault.ts";

/** The whole network becomes slow, uneven or lossy. */
export const path: FaultKind = {
  name: "path",
  effect: "split",
  draw: ({ random, ranges }) => {
    const options = {
      delayMs: random.between(0.1, ranges.delayMsMax),
      jitterMs: random.between(0, ranges.jitterMsMax),
      spreadMs: random.between(0, ranges.spreadMsMax),
      loss: random.chance(0.5) ? 0 : random.between(0, ranges.lossMax),
    };
    return { kind: "path", details: options, cause: (scene) => scene.world.path(options) };
  },
};
