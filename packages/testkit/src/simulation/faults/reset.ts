import { type FaultKind, pickPair } from "./fault.ts";

/**
 * A connection is reset after so many bytes, in the middle of a frame. Half of the time the connections are cut first, so
 * that this hits a handshake.
 */
export const reset: FaultKind = {
  name: "reset",
  effect: "none",
  draw: (source) => {
    const { random, ranges } = source;
    const [from, to] = pickPair(source);
    const isInHandshake = random.chance(0.5);
    const bytes = Math.floor(random.between(0, isInHandshake ? 1_000 : ranges.resetBytesMax));
    return {
      kind: "reset",
      details: { from, to, bytes, isInHandshake },
      cause: ({ world }) => {
        if (isInHandshake) world.cut(from, to);
        world.resetAfter(from, to, bytes);
      },
    };
  },
};
