import type { SeededRandom } from "../../world/seeded-random.ts";

/** When a node that was taken down comes back by itself: at once, later, or not until the faults are over. Virtual milliseconds. */
export function drawReturn(random: SeededRandom): number | undefined {
  if (random.chance(0.3)) return undefined;
  return random.chance(0.3) ? 0 : Math.round(random.spread(1, 8_000));
}
