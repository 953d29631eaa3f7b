import { retransmissionsMax, retransmitMs } from "../network/path.ts";
import type { SeededRandom } from "../world/seeded-random.ts";
import { type SimulatedNode, World } from "../world/world.ts";
import { checkNothingLeaks, type Violations } from "./checkers.ts";
import { FaultInjector } from "./fault-injector.ts";
import { describeFaultPlan, drawFaultPlan, type FaultKind, faultKinds, type PlannedFault } from "./fault-plan.ts";

/** One run of a scenario: the work that goes on while faults happen, and what has to hold afterwards. */
export interface Trial {
  /** Boots a node, at the beginning and after a crash. */
  boot(name: string): Promise<SimulatedNode>;
  /** Called once all nodes are up, before the first fault. */
  begin(): Promise<void>;
  /** What does not hold at this moment; everything has to within {@link recoveryMs} after the last fault was undone. */
  check(): Violations;
  /** What never held, looked at once at the end. */
  conclude(kinds: ReadonlySet<FaultKind>): Violations;
}

/** Something a cluster does that has to survive faults. */
export interface Scenario {
  readonly name: string;
  /** Makes one run. `random` is seeded. */
  create(world: World, random: SeededRandom): Trial;
}

/** Settings of {@link simulate}. */
export interface SimulationOptions {
  readonly seed: number;
  /** Default: 3, 5 or 9, drawn from the seed. */
  readonly nodes?: number;
  /** Default: about half of all kinds, drawn from the seed (swarm testing, Groce et al. 2012). */
  readonly kinds?: readonly FaultKind[];
  /** Virtual milliseconds of faults. Default 20 000. */
  readonly faultMs?: number;
  /** Exactly these faults instead of drawn ones: how a failure is replayed and shortened. */
  readonly plan?: readonly PlannedFault[];
}

/** What came of one run. */
export interface SimulationResult {
  readonly scenario: string;
  readonly seed: number;
  /** Empty when every promise held. */
  readonly violations: Violations;
  readonly plan: readonly PlannedFault[];
  /** A digest of the trace: the same for the same seed and plan. */
  readonly digest: string;
  /** What the nodes saw when a promise did not hold. */
  readonly diagnosis: string;
  /** The newest lines of the trace, without single frames. */
  readonly trace: readonly string[];
}

/** Virtual milliseconds until what was lost before the network healed has been sent again for the last time. */
const settlingMs = retransmitMs * 2 ** retransmissionsMax;
/** Virtual milliseconds within which everything has to be well again after the last fault. */
export const recoveryMs = 30_000;
/** Virtual milliseconds that it has to stay well. */
const calmMs = 5_000;

/** Runs a scenario once: first harm, then healing, then every promise has to hold. */
export async function simulate(scenario: Scenario, options: SimulationOptions): Promise<SimulationResult> {
  const world = new World({ seed: options.seed });
  const random = world.random("scenario");
  const size = options.nodes ?? random.pick([3, 5, 9]);
  const kinds = options.kinds ?? faultKinds.filter(() => random.chance(0.5));
  const nodes = Array.from({ length: size }, (_, index) => `n${index}`);
  const durationMs = options.faultMs ?? 20_000;
  const plan = options.plan ?? drawFaultPlan(world.random("faults"), { kinds, nodes, durationMs, gapMsMax: 2_000 });
  const trial = scenario.create(world, random);
  const injector = new FaultInjector(world, (name) => trial.boot(name));
  const violations: Violations = [];
  let diagnosis = "";
  try {
    for (const name of nodes) await trial.boot(name);
    await world.settle(Promise.all(world.nodes.map(({ node }) => node.ready({ size }))));
    await trial.begin();
    await injector.run(plan);
    await injector.recover();
    await world.advance(settlingMs);
    await world.time.until(() => trial.check().length === 0, recoveryMs);
    await world.advance(calmMs);
    violations.push(...trial.check(), ...trial.conclude(new Set(plan.map(({ fault }) => fault.kind))));
    if (violations.length > 0) diagnosis = world.diagnosis();
    const stopped = world.nodes;
    await world.settle(Promise.all(stopped.map(({ node }) => node.stop())));
    await world.advance(10_000);
    violations.push(...checkNothingLeaks(world, stopped));
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
    diagnosis ||= world.diagnosis();
  }
  const trace = world.trace.tail(400, (line) => !line.includes(" frame "));
  return {
    scenario: scenario.name,
    seed: options.seed,
    violations,
    plan,
    digest: world.trace.digest,
    diagnosis,
    trace,
  };
}

/** Runs that {@link shorten} spends at most. */
const shorteningRunsMax = 200;

/**
 * Finds a shorter plan that still fails: leaves out ever smaller parts of it (delta debugging, Zeller 2002).
 *
 * @returns the failing result with the shortest plan that was found.
 */
export async function shorten(
  scenario: Scenario,
  failing: SimulationResult,
  options: SimulationOptions,
): Promise<SimulationResult> {
  let shortest = failing;
  let runs = 0;
  for (
    let part = Math.ceil(failing.plan.length / 2);
    part >= 1 && runs < shorteningRunsMax;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let at = 0; at < shortest.plan.length && runs < shorteningRunsMax; runs++) {
      const plan = [...shortest.plan.slice(0, at), ...shortest.plan.slice(at + part)];
      const result = await simulate(scenario, { ...options, plan });
      if (result.violations.length > 0) shortest = result;
      else at += part;
    }
  }
  return shortest;
}

/** A result as lines for people. */
export function describeResult({ scenario, seed, violations, plan, diagnosis }: SimulationResult): string {
  if (violations.length === 0) return `${scenario} seed ${seed}: held`;
  const lines = [`${scenario} seed ${seed}: FAILED`, ...violations.slice(0, 10).map((violation) => `  ${violation}`)];
  return [...lines, "faults:", ...describeFaultPlan(plan).map((line) => `  ${line}`), diagnosis].join("\n");
}
