import type { Scenario } from "./scenario.ts";
import { type SimulationResult, simulate } from "./simulate.ts";

/** Runs that {@link shorten} spends at most. */
const runsMax = 200;

/**
 * Finds a shorter plan that still fails: leaves out ever smaller parts of it (delta debugging, Zeller 2002).
 *
 * @returns the failing result with the shortest plan that was found; its options replay it.
 */
export async function shorten(scenario: Scenario, failing: SimulationResult): Promise<SimulationResult> {
  let shortest = failing;
  let runs = 0;
  let part = Math.ceil(failing.plan.length / 2);
  while (part >= 1 && runs < runsMax) {
    for (let at = 0; at < shortest.plan.length && runs < runsMax; runs++) {
      const kept = [...shortest.plan.slice(0, at), ...shortest.plan.slice(at + part)];
      const result = await simulate(scenario, { ...failing.options, keep: kept.map(({ index }) => index) });
      if (result.violations.length > 0) shortest = result;
      else at += part;
    }
    part = part === 1 ? 0 : Math.ceil(part / 2);
  }
  return shortest;
}
