import type { ActorClass } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";
import type { CountingActor } from "./counting-actor.ts";
import type { FaultHistory } from "./fault-history.ts";
import type { Ledger } from "./ledger.ts";
import { Work } from "./work.ts";

/** Between two steps of one program, at most. Virtual milliseconds. */
const gapMsMax = 2_000;
/** Singletons that one trial makes only to remove them. */
const guestsMax = 40;

/** One removal that was said to be over. */
interface Removed {
  readonly name: string;
  readonly by: string;
  /** Virtual milliseconds. */
  readonly at: number;
  /** Where it lived at that moment. */
  readonly livedOn: readonly string[];
  /** Whether the remover was told that there was one. */
  readonly had: boolean;
}

interface RemovalsSurroundings {
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly checks: Checks;
}

/**
 * Programs that ask for singletons of which each is removed soon after it runs, from any node: once `remove()` says that it is over, no
 * copy lives, and none comes back.
 */
export class Removals {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  readonly #checks: Checks;
  readonly #work: Work;
  readonly #removed: Removed[] = [];
  #guests = 0;

  constructor(world: World, { random, ledger, checks }: RemovalsSurroundings) {
    this.#world = world;
    this.#random = random;
    this.#ledger = ledger;
    this.#checks = checks;
    this.#work = new Work(world, random, gapMsMax);
  }

  /** Has this node's program make singletons, and others remove them, until the trial rests. */
  run(started: SimulatedNode, actorClass: ActorClass<CountingActor, [name: string]>): void {
    this.#work.repeat(started, () => {
      if (this.#guests >= guestsMax) return;
      const name = `guest-${this.#guests++}`;
      const made = started.node.singleton(name, actorClass, { args: [name] });
      made.then(() => this.#remove(name)).catch(() => {});
    });
  }

  rest(): void {
    this.#work.end();
  }

  /** What was removed before a split was possible has ended by then everywhere, was not missed, and nobody has brought it back. */
  violations({ splitFrom }: FaultHistory): Violations {
    return this.#removed
      .filter(({ at }) => at < splitFrom)
      .flatMap(({ name, by, at, livedOn, had }) => {
        const now = this.#ledger.alive(name).map(({ node }) => node);
        const what = (): string => {
          const lives = `it lived on [${livedOn.join(" ")}] then, and lives on [${now.join(" ")}] at the end`;
          return `${by} was told ${had} of the removal of ${name} at ${at.toFixed(0)} ms; ${lives}`;
        };
        return this.#checks.compare("removedIsGone", had && livedOn.length === 0 && now.length === 0, what);
      });
  }

  /** From any node, which may not have heard of it yet. */
  async #remove(name: string): Promise<void> {
    const { name: by, node } = this.#random.pick(this.#world.nodes);
    const had = await node.supervisor.remove(name);
    const livedOn = this.#ledger.alive(name).map((life) => life.node);
    this.#removed.push({ name, by, at: this.#world.time.now, livedOn, had });
  }
}
