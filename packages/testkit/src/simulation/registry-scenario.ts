import { Actor, type ActorRef, type ExitReason, RegistryError } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
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
  create: (world, random) => new RegistryTrial(world, random),
};

/** A name that a node's program holds. */
interface Holding {
  readonly ref: ActorRef<Holder>;
  readonly tenure: Tenure;
}

class RegistryTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #names: readonly string[];
  readonly #registrations: Registrations;
  readonly #work: Work;
  readonly #views = new Map<string, EventsTellTheView>();
  readonly #wrong: Violations = [];

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.#names = Array.from({ length: Math.round(random.spread(1, 50)) }, (_, index) => `name-${index}`);
    this.#registrations = new Registrations(world);
    this.#work = new Work(world, random, random.spread(10, 2_000));
  }

  async boot(name: string): Promise<SimulatedNode> {
    // Clocks of real machines differ from the first moment on.
    if (this.#random.chance(0.3)) this.#world.jumpClock(name, this.#random.integer(0, 3_600_000));
    const started = await this.#world.boot(name);
    this.#views.set(name, new EventsTellTheView(started));
    const holdings = new Map<string, Holding>();
    this.#work.repeat(started, () => this.#step(started, holdings));
    return started;
  }

  rest(): void {
    this.#work.end();
  }

  check(): Violations {
    const views = this.#world.nodes.flatMap(({ name }) => this.#views.get(name)?.check() ?? []);
    return [...checkViewsEqual(this.#world), ...checkNamesEqual(this.#world), ...this.#registrations.check(), ...views];
  }

  async probe(): Promise<Violations> {
    const violations: Violations = [];
    for (const { name: from, node } of this.#world.nodes) {
      for (const { name } of [...node.registry.owners()]) {
        const failure = await eventually(this.#world, () => node.actor<Holder>(name).ask.ping(), probeMsMax);
        if (failure !== undefined) violations.push(`${from} does not reach ${name}: ${failure}`);
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
      if (!node.registry.lookup(name)?.equals(ref))
        this.#wrong.push(`${started.name} took ${name} and does not see it`);
    } catch (error) {
      const isTaken = error instanceof RegistryError && error.code === "alreadyRegistered" && error.owner !== undefined;
      if (!isTaken) throw error;
    }
  }

  #giveUp({ name: at, node }: SimulatedNode, name: string, { ref, tenure }: Holding): void {
    const how = this.#random.pick(["unregister", "stop", "kill"] as const);
    if (how === "unregister") {
      node.registry.unregister(name);
      tenure.end();
      ref.tell.end();
      if (node.registry.lookup(name)?.equals(ref)) this.#wrong.push(`${at} gave up ${name} and still sees it`);
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
