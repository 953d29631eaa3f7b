import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";
import type { FaultHistory } from "./fault-history.ts";
import type { SimulationOptions } from "./simulation-options.ts";

/** One run of a scenario: the work that goes on while faults happen, and what has to hold afterwards. */
export interface Trial {
  /** Boots a node, at the beginning and after a crash; with `world.boot`, because others may boot at the same time. */
  boot(name: string): Promise<SimulatedNode>;
  /** Called once all nodes are up, before the first fault. */
  begin?(): Promise<void>;
  /** Faults are over: begins no new work from here on, so that everything comes to rest. */
  rest?(): void;
  /** What does not hold at this moment; everything has to within a while after the last fault was undone, and stay so. */
  check(): Violations;
  /** Uses what was tested once more, when everything is well. @returns what did not work. */
  probe?(): Promise<Violations>;
  /** What never held, looked at once at the end. @param history the faults that there were. */
  conclude(history: FaultHistory): Violations;
}

/** Something a cluster does that has to survive faults. */
export interface Scenario {
  readonly name: string;
  /** Settings that this scenario is made for; what a run is given counts more. */
  readonly defaults?: Omit<SimulationOptions, "seed" | "keep">;
  /** The names of its checks, besides those that are made in every run: a campaign in which one never compared anything fails. */
  readonly checks?: readonly string[];
  /** Makes one run. `random` is seeded; `checks` compares and counts. */
  create(world: World, random: SeededRandom, checks: Checks): Trial;
}
