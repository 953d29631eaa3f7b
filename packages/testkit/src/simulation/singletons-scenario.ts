import type { ActorClass, ActorRef, Node } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import { checkEpochsRise } from "./checkers/epochs-rise.ts";
import { checkNamesEqual } from "./checkers/names-equal.ts";
import { checkNeverTwo } from "./checkers/never-two.ts";
import { checkNobodyDied } from "./checkers/nobody-died.ts";
import { checkOneCopy } from "./checkers/one-copy.ts";
import { checkViewsEqual } from "./checkers/views-equal.ts";
import type { Violations } from "./checkers/violations.ts";
import { type CountingActor, countingClass, plannedCrash } from "./counting-actor.ts";
import type { FaultHistory } from "./fault-history.ts";
import { Increments, incrementChecks } from "./increments.ts";
import { Ledger } from "./ledger.ts";
import { Removals } from "./removals.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { Sights } from "./sights.ts";
import { eventually, isUnanswered, Work } from "./work.ts";

/** The deadline of each ask. Virtual milliseconds. */
const askTimeoutMs = 2_000;
/** Between two crashes of one singleton, at least, so that it is not given up. Virtual milliseconds. */
const crashPauseMs = 2_500;
/** Within which a node that is well has to get an answer. Virtual milliseconds. */
const probeMsMax = 10_000;

/**
 * Singletons, with slow starts, stops and handlers, which clients on all nodes ask to count: after healing all nodes see
 * each other and agree on every name, each singleton lives exactly once and answers everybody. Nothing runs twice, and what
 * was acknowledged within a life is there. There never are two on nodes that see each other, and every start has a higher
 * epoch than all before it that its node can have heard of: than all there were, without a split. Until a split was possible,
 * nobody who lived was declared dead. What is removed, from any node, has ended once that is said, and does not come back.
 */
export const singletonsScenario: Scenario = {
  name: "singletons",
  checks: [
    "namesEqual",
    "oneCopy",
    "epochsRise",
    "neverTwo",
    "nobodyDied",
    "removedIsGone",
    ...incrementChecks,
    "asksEndAsDocumented",
    "reached",
  ],
  create: (world, random, checks) => new SingletonsTrial(world, random, checks),
};

class SingletonsTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #checks: Checks;
  readonly #names: readonly string[];
  readonly #ledger: Ledger;
  readonly #sights: Sights;
  readonly #increments: Increments;
  readonly #work: Work;
  readonly #removals: Removals;
  readonly #actorClass: ActorClass<CountingActor, [name: string]>;
  readonly #crashedAt = new Map<string, number>();
  readonly #wrong: Violations = [];
  #hasBegun = false;

  constructor(world: World, random: SeededRandom, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
    this.#increments = new Increments(checks);
    this.#sights = new Sights(world);
    this.#random = random;
    this.#names = Array.from({ length: random.integer(1, 8) }, (_, index) => `singleton-${index}`);
    this.#ledger = new Ledger(world, this.#sights);
    this.#removals = new Removals(world, { random: world.random("removals"), ledger: this.#ledger, checks });
    const gapMsMax = random.spread(50, 1_000);
    this.#work = new Work(world, random, gapMsMax);
    // Not so slow that messages pile up: at most half of the time is spent in handlers.
    const slowMsMax = Math.min(random.spread(1, 300), (gapMsMax * this.#names.length) / 3);
    this.#actorClass = countingClass(this.#ledger, this.#increments, { random, slowMsMax });
  }

  async boot(name: string): Promise<SimulatedNode> {
    const started = await this.#world.boot(name, { actors: [this.#actorClass] });
    this.#sights.follow(started);
    if (this.#hasBegun) this.#run(started);
    return started;
  }

  /** Not before all nodes are there: nodes that do not know each other yet would each start the singletons. */
  async begin(): Promise<void> {
    const { nodes } = this.#world;
    this.#hasBegun = true;
    for (const started of nodes) this.#run(started);
    await this.#world.until(() => this.#names.every((name) => nodes[0]?.node.registry.owner(name) !== undefined));
  }

  rest(): void {
    this.#work.end();
    this.#removals.rest();
  }

  check(): Violations {
    return [
      ...checkViewsEqual(this.#world, this.#checks),
      ...checkNamesEqual(this.#world, this.#checks),
      ...checkOneCopy(this.#world, { ledger: this.#ledger, names: this.#names }, this.#checks),
    ];
  }

  async probe(): Promise<Violations> {
    const violations: Violations = [];
    for (const { name: from, node } of this.#world.nodes) {
      for (const name of this.#names) {
        const read = (): Promise<void> =>
          this.#ref(node, name)
            .ask.read()
            .then((answer) => this.#increments.read(answer));
        const failure = await eventually(this.#world, read, probeMsMax);
        const what = (): string => `${from} gets no answer of ${name}: ${failure}`;
        violations.push(...this.#checks.compare("reached", failure === undefined, what));
      }
    }
    return violations;
  }

  conclude(history: FaultHistory): Violations {
    const { splitFrom } = history;
    // Before the first fault nobody has reason to take anybody for dead.
    const wasHarmed = history.firstBeside(new Set()) < splitFrom;
    return [
      ...this.#wrong,
      ...this.#increments.violations(),
      ...this.#removals.violations(history),
      ...checkEpochsRise(this.#ledger, splitFrom, this.#checks),
      ...checkNeverTwo(this.#ledger, splitFrom, this.#checks),
      ...(wasHarmed ? checkNobodyDied(this.#world, splitFrom, this.#checks) : []),
    ];
  }

  /** As a program does: whatever node comes up asks for the singletons, whether or not they run already. */
  #run(started: SimulatedNode): void {
    for (const each of this.#names) {
      void started.node.singleton(each, this.#actorClass, { args: [each] }).catch(() => {});
    }
    this.#work.repeat(started, () => this.#ask(started));
    this.#removals.run(started, this.#actorClass);
  }

  #ref(node: Node, name: string): ActorRef<CountingActor> {
    return node.actor<CountingActor>(name).with({ timeoutMs: askTimeoutMs });
  }

  #ask({ node }: SimulatedNode): void {
    const name = this.#random.pick(this.#names);
    const request = this.#increments.request();
    const ref = this.#ref(node, name);
    const ask = this.#isToCrash(name) ? ref.ask.crash(request) : ref.ask.increment(request);
    ask.then(
      (answer) => this.#increments.acknowledged(request, answer),
      (error: Error) => {
        const isDocumented = isUnanswered(error) || error.message === plannedCrash;
        const what = (): string => `an ask ended with ${String(error)}`;
        this.#wrong.push(...this.#checks.compare("asksEndAsDocumented", isDocumented, what));
      },
    );
  }

  #isToCrash(name: string): boolean {
    const { now } = this.#world.time;
    if (!this.#random.chance(0.02) || now - (this.#crashedAt.get(name) ?? 0) < crashPauseMs) return false;
    this.#crashedAt.set(name, now);
    return true;
  }
}
