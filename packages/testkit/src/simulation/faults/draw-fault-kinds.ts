import type { SeededRandom } from "../../world/seeded-random.ts";
import type { FaultEffect, FaultKind } from "./fault.ts";
import { faultKinds, worstEffect } from "./fault-kinds.ts";

/** In a quarter of all runs everybody lives and is heard, in another quarter nobody who lives is taken for dead. */
const worstDrawn = ["none", "death", "split", "split"] as const satisfies readonly FaultEffect[];

/**
 * Draws the kinds of faults of one run: about half of those that do no more harm than the run may bear. Were they drawn from all,
 * nearly every run could have been split, and what holds only without a split would hardly ever be looked at.
 *
 * @param harm decides what the run may bear.
 */
export function drawFaultKinds(random: SeededRandom, harm: SeededRandom): FaultKind[] {
  const worst = harm.pick(worstDrawn);
  const drawn: FaultKind[] = [];
  for (const kind of faultKinds.filter(() => random.chance(0.5))) {
    const effect = worstEffect([...drawn, kind].map(({ name }) => name));
    if (worst === "split" || effect === "none" || effect === worst) drawn.push(kind);
  }
  return drawn;
}
