import type { Scenario } from "./scenario.ts";
import { checksOf, type SimulationResult } from "./simulate.ts";

/** What one check of a scenario has compared over several runs. */
export interface CheckCount {
  readonly check: string;
  /** Comparisons in all runs together. */
  readonly comparisons: number;
  /** Runs in which it compared at least once. */
  readonly runs: number;
}

/** Adds up how often the checks of a scenario really looked, over the runs of a campaign. */
export class CheckTally {
  readonly #counts: Map<string, { comparisons: number; runs: number }>;

  constructor(scenario: Scenario) {
    this.#counts = new Map(checksOf(scenario).map((check) => [check, { comparisons: 0, runs: 0 }]));
  }

  /** Adds one run. */
  add({ compared }: SimulationResult): void {
    for (const [check, comparisons] of compared) {
      const count = this.#counts.get(check);
      if (count === undefined || comparisons === 0) continue;
      count.comparisons += comparisons;
      count.runs++;
    }
  }

  /** Each check of the scenario, in its order. */
  get counts(): CheckCount[] {
    return Array.from(this.#counts, ([check, count]) => ({ check, ...count }));
  }

  /** Checks that never compared anything: whatever they promise, these runs do not show it. */
  get idle(): string[] {
    return this.counts.filter(({ runs }) => runs === 0).map(({ check }) => check);
  }
}
