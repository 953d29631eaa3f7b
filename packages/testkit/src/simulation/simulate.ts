import { shown } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";
import { retransmissionsMax, retransmitMs } from "../network/path.ts";
import { givenOf } from "../network/path-options.ts";
import { World } from "../world/world.ts";
import { Checks } from "./checkers/checks.ts";
import { checkNothingLeaks } from "./checkers/nothing-leaks.ts";
import { checkNothingPending } from "./checkers/nothing-pending.ts";
import type { Violations } from "./checkers/violations.ts";
import { FaultHistory } from "./fault-history.ts";
import { carryOut, drawFaultPlan, type PlannedFault } from "./fault-plan.ts";
import { drawFaultKinds } from "./faults/draw-fault-kinds.ts";
import type { FaultName } from "./faults/fault.ts";
import { faultKind } from "./faults/fault-kinds.ts";
import { drawFaultRanges } from "./faults/fault-ranges.ts";
import { FaultScene } from "./faults/fault-scene.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { type SimulationOptions, simulationTable } from "./simulation-options.ts";

/** What came of one run. */
export interface SimulationResult {
  readonly scenario: string;
  readonly seed: number;
  /** What the run was given: the same again gives the same run. */
  readonly options: SimulationOptions;
  /** Empty when every promise held. */
  readonly violations: Violations;
  /** How often each check of the scenario compared something. */
  readonly compared: ReadonlyMap<string, number>;
  /** The faults that were caused. */
  readonly plan: readonly PlannedFault[];
  /** A digest of the trace: the same for the same options. */
  readonly digest: string;
  /** What the nodes saw when a promise did not hold. */
  readonly diagnosis: string;
  /** The newest lines of the trace, without single frames. */
  readonly trace: readonly string[];
}

/** Faults of the network whose effects outlast them: what was lost on the way is sent again later and later. */
const lingeringFaults: ReadonlySet<FaultName> = new Set(["partition", "block", "path", "slowLink"]);
/** Virtual milliseconds until what was lost before the network healed has been sent again for the last time. */
const settlingMs = retransmitMs * 2 ** retransmissionsMax;
/** Virtual milliseconds until a silent link, and a dead connection of a link, have been noticed. */
const noticingMs = 7_000;
/** Virtual milliseconds within which everything has to be well again after the last fault, and how often that is looked at. */
const recoveryMs = 30_000;
const recoveryStepMs = 100;
/** Virtual milliseconds that it has to stay well, and how often that is looked at. */
const calmMs = 5_000;
const calmStepMs = 500;
/** Virtual milliseconds within which a node that has stopped has to have let go of everything. */
const stopMs = 10_000;
/** Lines of the trace that a result keeps. */
const traceLinesMax = 2_000;

/** Checks that are made in every run, and that every scenario may make. */
const commonChecks = ["nothingPending", "nothingLeaks"];

/** The names of all checks of `scenario`. */
export function checksOf({ checks = [] }: Scenario): string[] {
  return [...new Set(["viewsEqual", ...commonChecks, ...checks])];
}

/** Runs a scenario once: first harm, then healing, then every promise has to hold. @throws TestkitError `invalidOption`. */
export async function simulate(scenario: Scenario, given: SimulationOptions): Promise<SimulationResult> {
  if (typeof scenario?.create !== "function" || typeof scenario.name !== "string")
    throw invalidOption(`simulate: the scenario is ${shown(scenario)}; allowed: an object with name and create()`);
  simulationTable.check(given);
  const options = { ...scenario.defaults, ...givenOf(given) };
  const world = new World({ seed: options.seed });
  const random = world.random("scenario");
  const size = options.nodes ?? random.pick([3, 5, 9]);
  const nodes = Array.from({ length: size }, (_, index) => `n${index}`);
  const plan = drawPlan(world, nodes, scenario.name, options);
  const checks = new Checks(checksOf(scenario));
  const violations: Violations = [];
  let diagnosis = "";
  try {
    const trial = scenario.create(world, random, checks);
    await bootAll(world, trial, nodes);
    const scene = new FaultScene(world, (name) => trial.boot(name));
    const history = new FaultHistory(plan, world.time.now);
    await carryOut(plan, scene);
    await scene.recover();
    violations.push(...(await aftermath(world, trial, { history, checks })), ...trial.conclude(history));
    if (violations.length > 0) diagnosis = world.diagnosis();
    violations.push(...(await shutDown(world, checks)));
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
    diagnosis ||= world.diagnosis();
  }
  const trace = world.trace.tail(traceLinesMax);
  return {
    scenario: scenario.name,
    seed: options.seed,
    options,
    violations,
    compared: checks.compared,
    plan,
    digest: world.trace.digest,
    diagnosis,
    trace,
  };
}

function drawPlan(
  world: World,
  nodes: readonly string[],
  scenario: string,
  options: SimulationOptions,
): PlannedFault[] {
  const random = world.random(`faults of ${scenario}`);
  const drawn = drawFaultKinds(random, world.random(`harm of ${scenario}`));
  const kinds = options.kinds?.map(faultKind) ?? drawn;
  const ranges = drawFaultRanges(random);
  const { faultMs: durationMs = ranges.durationMs, gapMsMax = ranges.gapMsMax } = options;
  const plan = drawFaultPlan({ random, nodes, ranges: { ...ranges, durationMs, gapMsMax } }, kinds);
  const { keep } = options;
  return keep === undefined ? plan : plan.filter(({ index }) => keep.includes(index));
}

/** One after the other, or all at the same time. */
async function bootAll(world: World, trial: Trial, nodes: readonly string[]): Promise<void> {
  if (world.random("boot").chance(0.5)) for (const name of nodes) await world.settle(trial.boot(name));
  else await world.settle(Promise.all(nodes.map((name) => trial.boot(name))));
  await world.settle(Promise.all(world.nodes.map(({ node }) => node.ready({ size: nodes.length, timeoutMs: 60_000 }))));
  await trial.begin?.();
}

/** After the faults: it becomes well, comes to rest, stays well and works. */
async function aftermath(
  world: World,
  trial: Trial,
  { history, checks }: { readonly history: FaultHistory; readonly checks: Checks },
): Promise<Violations> {
  trial.rest?.();
  const isLingering = [...history.kinds].some((kind) => lingeringFaults.has(kind));
  await world.advance(isLingering ? settlingMs : noticingMs);
  const end = world.time.now + recoveryMs;
  while (trial.check().length > 0 && world.time.now < end) await world.advance(recoveryStepMs);
  for (let calm = 0; calm < calmMs; calm += calmStepMs) {
    const violations = trial.check();
    if (violations.length > 0) return violations;
    await world.advance(calmStepMs);
  }
  const broken = (await trial.probe?.()) ?? [];
  return [...broken, ...trial.check(), ...checkNothingPending(world, checks)];
}

async function shutDown(world: World, checks: Checks): Promise<Violations> {
  const stopped = world.nodes;
  await world.settle(Promise.all(stopped.map(({ node }) => node.stop())));
  await world.advance(stopMs);
  return checkNothingLeaks(world, stopped, checks);
}
