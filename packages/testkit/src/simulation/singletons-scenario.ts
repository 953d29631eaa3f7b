import { Actor } from "foundation";
import { type SimulatedNode, World } from "../world/world.ts";
import {
  checkEpochsRise,
  checkNamesEqual,
  checkNothingLeaks,
  checkOneCopy,
  checkViewsEqual,
  type Violations,
} from "./checkers.ts";
import { type Fault, FaultInjector } from "./fault-injector.ts";
import { Ledger } from "./ledger.ts";

/** Settings of one run. */
export interface SingletonsScenarioOptions {
  readonly seed: number;
  /** Default: 3, 5 or 9, drawn from the seed. */
  readonly nodes?: number;
  /** Default: some of all kinds, drawn from the seed (swarm testing, Groce et al. 2012). */
  readonly faults?: readonly Fault[];
  /** Virtual milliseconds of faults. Default 20 000. */
  readonly faultMs?: number;
}

/** What came of one run. */
export interface SimulationResult {
  readonly seed: number;
  readonly violations: Violations;
  readonly history: readonly string[];
  readonly digest: string;
  /** What the nodes saw at the moment of the first violation. */
  readonly diagnosis: string;
}

const allFaults: readonly Fault[] = [
  "crash",
  "restart",
  "pause",
  "stall",
  "partition",
  "heal",
  "cut",
  "block",
  "path",
  "clock",
];
/** Virtual milliseconds within which everything has to be well again after the last fault. */
const recoveryMs = 30_000;

/**
 * Singletons under random faults: first harm, then healing, then every promise has to hold.
 *
 * After healing all nodes see each other, agree on every name, and each singleton lives exactly once.
 */
export async function runSingletonsScenario(options: SingletonsScenarioOptions): Promise<SimulationResult> {
  const world = new World({ seed: options.seed });
  const random = world.random("scenario");
  const size = options.nodes ?? random.pick([3, 5, 9]);
  const faults = options.faults ?? allFaults.filter(() => random.chance(0.5));
  const names = Array.from({ length: random.integer(1, 8) }, (_, index) => `singleton-${index}`);
  const ledger = new Ledger(world);

  class Singleton extends Actor {
    #stopped: () => void = () => {};
    readonly #name: string;
    constructor(name: string) {
      super();
      this.#name = name;
    }
    ping(): number {
      return this.context.epoch ?? 0;
    }
    protected override onStart(): void {
      this.#stopped = ledger.started(this.#name, this.context.epoch ?? 0, this.context.system.name);
    }
    protected override onStop(): void {
      this.#stopped();
    }
  }

  const boot = (name: string): Promise<SimulatedNode> => world.start(name, { actors: [Singleton] });
  for (let index = 0; index < size; index++) await boot(`n${index}`);
  await world.settle(Promise.all(world.nodes.map(({ node }) => node.ready({ size }))));
  const first = world.nodes[0] as SimulatedNode;
  await world.settle(Promise.all(names.map((name) => first.node.singleton(name, Singleton, { args: [name] }))));

  const injector = new FaultInjector(world, { faults: faults.length > 0 ? faults : ["cut"], restart: boot });
  const violations: Violations = [];
  const check = (): Violations => [
    ...checkViewsEqual(world),
    ...checkNamesEqual(world),
    ...checkOneCopy(world, ledger, names),
  ];
  let diagnosis = "";
  try {
    await injector.run(options.faultMs ?? 20_000);
    await injector.recover();
    await world.time.until(() => check().length === 0, recoveryMs);
    // It has to stay well, too.
    await world.advance(5_000);
    violations.push(...check());
    const isSplit = faults.some(
      (fault) => fault === "partition" || fault === "block" || fault === "pause" || fault === "path",
    );
    if (!isSplit) violations.push(...checkEpochsRise(ledger));
    if (violations.length > 0) diagnosis = world.diagnosis();
    const stopped = world.nodes;
    await world.settle(Promise.all(stopped.map(({ node }) => node.stop())));
    await world.advance(10_000);
    violations.push(...checkNothingLeaks(world, stopped));
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
  }
  return { seed: options.seed, violations, history: injector.history, digest: world.trace.digest, diagnosis };
}
