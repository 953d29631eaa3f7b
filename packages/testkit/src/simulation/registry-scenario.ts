import { Actor, type ActorRef, type ExitReason, RegistryError } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import { EventsTellTheView } from "./checkers/events-tell-the-view.ts";
import { checkNamesEqual } from "./checkers/names-equal.ts";
import { checkViewsEqual } from "./checkers/views-equal.ts";
import type { Violations } from "./checkers/violations.ts";
import { Registrations, type Tenure } from "./registrations.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { eventually, Work } from "./work.ts";

/** Within which a node that is well has to get an answer. Virtual milliseconds. */
const probeMsMax = 10_000;

/**
 * Unique names that all nodes take, give up and lose, on clocks that differ: a name that was taken is there at once for its
 * writer; after healing every name that was taken and not lost has one holder, all nodes agree on it and reach it; events
 * tell what lookups say.
 */
export const registryScenario: Scenario = {
  name: "registry",
  checks: ["namesEqual", "registrations", "eventsTellTheView", "takerSees", "reached"],
  create: (world, random, checks) => new RegistryTrial(world, random, checks),
};

/** A name that a node's program holds. */
interface Holding {
  readonly ref: ActorRef<Holder>;
  readonly tenure: Tenure;
}

class RegistryTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #checks: Checks;
  readonly #names: readonly string[];
  readonly #registrations: Registrations;
  readonly #work: Work;
  readonly #views = new Map<string, EventsTellTheView>();
  readonly #wrong: Violations = [];

  constructor(world: World, random: SeededRandom, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
    this.#random = random;
    this.#names = Array.from({ length: Math.round(random.spread(1, 50)) }, (_, index) => `name-${index}`);
    this.#registrations = new Registrations(world, checks);
    this.#work = new Work(world, random, random.spread(10, 2_000));
  }

  async boot(name: string): Promise<SimulatedNode> {
    // Clocks of real machines differ from the first moment on.
    if (this.#random.chance(0.3)) this.#world.jumpClock(name, this.#random.integer(0, 3_600_000));
    const started = await this.#world.boot(name);
    this.#views.set(name, new EventsTellTheView(started, this.#checks));
    const holdings = new Map<string, Holding>();
    this.#work.repeat(started, () => this.#step(started, holdings));
    return started;
  }

  rest(): void {
    this.#work.end();
  }

  check(): Violations {
    const views = this.#world.nodes.flatMap(({ name }) => this.#views.get(name)?.check() ?? []);
    return [
      ...checkViewsEqual(this.#world, this.#checks),
      ...checkNamesEqual(this.#world, this.#checks),
      ...this.#registrations.check(),
      ...views,
    ];
  }

  async probe(): Promise<Violations> {
    const violations: Violations = [];
    for (const { name: from, node } of this.#world.nodes) {
      for (const { name } of [...node.registry.owners()]) {
        const failure = await eventually(this.#world, () => node.actor<Holder>(name).ask.ping(), probeMsMax);
        const what = (): string => `${from} does not reach ${name}: ${failure}`;
        violations.push(...this.#checks.compare("reached", failure === undefined, what));
      }
    }
    return violations;
  }

  conclude(): Violations {
    return this.#wrong.slice(0, 10);
  }

  #step(started: SimulatedNode, holdings: Map<string, Holding>): void {
    const name = this.#random.pick(this.#names);
    const holding = holdings.get(name);
    if (holding?.tenure.isHeld()) this.#giveUp(started, name, holding);
    else this.#take(started, name, holdings);
  }

  #take(started: SimulatedNode, name: string, holdings: Map<string, Holding>): void {
    const { node } = started;
    let tenure: Tenure | undefined;
    try {
      const ref = node.spawn(Holder, { name, args: [() => tenure?.end()] });
      tenure = this.#registrations.acknowledged(name, started);
      holdings.set(name, { ref, tenure });
      this.#sees(started, name, { ref, isToSee: true });
    } catch (error) {
      const isTaken = error instanceof RegistryError && error.code === "alreadyRegistered" && error.owner !== undefined;
      if (!isTaken) throw error;
    }
  }

  /** A taker sees at once what it did. */
  #sees(
    { name: at, node }: SimulatedNode,
    name: string,
    { ref, isToSee }: { readonly ref: ActorRef<Holder>; readonly isToSee: boolean },
  ): void {
    const isSeen = node.registry.lookup(name)?.equals(ref) ?? false;
    const what = (): string =>
      isToSee ? `${at} took ${name} and does not see it` : `${at} gave up ${name} and still sees it`;
    this.#wrong.push(...this.#checks.compare("takerSees", isSeen === isToSee, what));
  }

  #giveUp(started: SimulatedNode, name: string, { ref, tenure }: Holding): void {
    const { node } = started;
    const how = this.#random.pick(["unregister", "stop", "kill"] as const);
    if (how === "unregister") {
      node.registry.unregister(name);
      tenure.end();
      ref.tell.end();
      this.#sees(started, name, { ref, isToSee: false });
    } else if (how === "stop") ref.tell.end();
    else {
      node.system.cellOf(ref)?.kill();
      // A killed actor runs no hook.
      tenure.end();
    }
  }
}

/** Holds a name. */
class Holder extends Actor {
  readonly #ended: () => void;

  constructor(ended: () => void) {
    super();
    this.#ended = ended;
  }

  ping(): void {}

  end(): void {
    this.context.stop();
  }

  protected override onStop(_reason: ExitReason): void {
    this.#ended();
  }
}
