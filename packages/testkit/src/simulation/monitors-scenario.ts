import { describeExit } from "@foundation/actor";
import { Actor, type ActorRef, type Down, type ExitReason, type Monitor, type Node } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import { checkViewsEqual } from "./checkers/views-equal.ts";
import type { Violations } from "./checkers/violations.ts";
import type { FaultHistory } from "./fault-history.ts";
import type { FaultName } from "./faults/fault.ts";
import { MonitorRecord, monitorChecks, type Target, type Watch } from "./monitor-record.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { Work } from "./work.ts";

/** Targets on each node at a time. */
const targetsPerNode = 3;
/** Targets whose names are remembered, so that some monitors are about actors that are gone. */
const rememberedMax = 30;
const plannedCrash = "a planned crash";
/** Faults that leave every link standing. */
const quietFaults: ReadonlySet<FaultName> = new Set(["stall", "clock", "discovery", "stranger", "heal"]);

/**
 * Monitors of actors on all nodes, by ref and by name, whose targets stop, crash, are killed or go with their node: each one
 * fires exactly once when its target is gone, with the reason for which it ended or with `noconnection`, and never for a
 * living target whose link stands.
 */
export const monitorsScenario: Scenario = {
  name: "monitors",
  checks: [...monitorChecks],
  create: (world, random, checks) => new MonitorsTrial(world, random, checks),
};

class MonitorsTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #checks: Checks;
  readonly #record: MonitorRecord;
  readonly #work: Work;
  /** By name; every target has one of its own. */
  readonly #targets = new Map<string, Target>();
  #lastTarget = 0;

  constructor(world: World, random: SeededRandom, checks: Checks) {
    this.#world = world;
    this.#random = random;
    this.#checks = checks;
    this.#record = new MonitorRecord(world, checks);
    this.#work = new Work(world, random, random.spread(20, 1_000));
  }

  async boot(name: string): Promise<SimulatedNode> {
    const started = await this.#world.boot(name);
    const watcher = started.node.spawn(Watcher, { args: [this.#record] });
    const targets = Array.from({ length: targetsPerNode }, () => this.#spawnTarget(started));
    this.#work.repeat(started, () => {
      const index = targets.findIndex(({ endedWith }) => endedWith !== undefined);
      if (index >= 0) targets[index] = this.#spawnTarget(started);
      else if (this.#random.chance(0.3)) this.#end(this.#random.pick(targets), started.node);
      else this.#watch(started, watcher);
    });
    return started;
  }

  /** All targets end, so that all monitors have to fire. */
  rest(): void {
    this.#work.end();
    const nodes = new Map(this.#world.nodes.map(({ runtime, node }) => [runtime, node]));
    for (const target of this.#targets.values()) {
      const node = nodes.get(target.process);
      if (node !== undefined && target.endedWith === undefined) node.actor<Mortal>(target.name).tell.end("normal");
    }
  }

  check(): Violations {
    return [...checkViewsEqual(this.#world, this.#checks), ...this.#record.check()];
  }

  conclude(history: FaultHistory): Violations {
    return this.#record.violations(history.firstBeside(quietFaults));
  }

  #spawnTarget({ name: at, node, runtime }: SimulatedNode): Target {
    const target: Target = { name: `target-${++this.#lastTarget}-${at}`, process: runtime, endedWith: undefined };
    const ended = (reason: ExitReason): void => {
      target.endedWith ??= describeExit(reason);
    };
    node.spawn(Mortal, { name: target.name, args: [ended] });
    this.#targets.set(target.name, target);
    return target;
  }

  #end(target: Target, node: Node): void {
    const how = this.#random.pick(["normal", "shutdown", "crash", "kill"] as const);
    const ref = node.registry.lookup<Mortal>(target.name);
    if (ref === undefined) return;
    if (how !== "kill") return ref.tell.end(how);
    // A killed actor runs no hook that could say so.
    target.endedWith ??= "killed";
    node.system.cellOf(ref)?.kill();
  }

  #watch({ node, runtime }: SimulatedNode, watcher: ActorRef<Watcher>): void {
    const random = this.#random;
    if (random.chance(0.1)) return watcher.tell.unwatchOne(random.next());
    const known = [...node.registry.owners()].map(({ name }) => name);
    const name = random.pick(random.chance(0.2) ? [...this.#targets.keys()].slice(-rememberedMax) : known);
    const isByName = random.chance(0.5);
    watcher.tell.watch((): { ref: ActorRef; watch: Watch } => {
      const owner = node.registry.owner(name);
      // Until a node that has just started knows all names, a monitor of one that it does not know waits for it.
      const isAwaited = owner === undefined && node.membership.isLearning;
      const target = owner === undefined && !isAwaited ? undefined : this.#targets.get(name);
      const ref = isByName || owner === undefined ? node.actor(name) : owner.ref;
      return { ref, watch: { watcher: runtime, target, isAwaited, isCancelled: false, downs: [] } };
    });
  }
}

/** Monitors other actors. */
class Watcher extends Actor {
  /** What it is told holds functions, which do not travel. */
  static readonly remotable: boolean = false;
  readonly #record: MonitorRecord;
  readonly #watches = new Map<Monitor, Watch>();

  constructor(record: MonitorRecord) {
    super();
    this.#record = record;
  }

  watch(choose: () => { ref: ActorRef; watch: Watch }): void {
    const { ref, watch } = choose();
    this.#record.watched(watch);
    this.#watches.set(this.context.monitor(ref), watch);
  }

  /** Takes back one monitor. @param which from 0 to 1. */
  unwatchOne(which: number): void {
    const all = [...this.#watches].filter(([, { downs }]) => downs.length === 0);
    const chosen = all[Math.floor(which * all.length)];
    if (chosen === undefined) return;
    const [monitor, watch] = chosen;
    monitor.cancel();
    watch.isCancelled = true;
  }

  protected override onDown({ monitor, reason }: Down): void {
    const watch = this.#watches.get(monitor);
    if (watch !== undefined) this.#record.down(watch, reason);
  }
}

/** An actor that ends when it is told to. */
class Mortal extends Actor {
  readonly #ended: (reason: ExitReason) => void;

  constructor(ended: (reason: ExitReason) => void) {
    super();
    this.#ended = ended;
  }

  end(how: "normal" | "shutdown" | "crash"): void {
    if (how === "crash") throw new Error(plannedCrash);
    this.context.stop(how);
  }

  protected override onStop(reason: ExitReason): void {
    this.#ended(reason);
  }
}
