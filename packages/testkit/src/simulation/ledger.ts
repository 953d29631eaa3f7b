import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { World } from "../world/world.ts";
import type { Sights } from "./sights.ts";

/**
 * How long two nodes have to see each other until each counts with what the other one runs: what they had to tell each
 * other may be sent again and again on a bad network, and a start is decided a while before it happens. Virtual milliseconds.
 */
const inSightMs = 10_000;

/** One life of one singleton, as the actor itself told it. */
export interface Life {
  readonly name: string;
  readonly epoch: number;
  readonly node: string;
  /** Virtual milliseconds. */
  readonly startedAt: number;
  /** Earlier lives of this name. */
  readonly before: readonly Life[];
  /** Those of {@link before} on processes that live and that this one's node sees, and they it, for a while by now. */
  readonly inSight: readonly Life[];
  /** Those of {@link before} that lived when this one started. */
  readonly beside: readonly Life[];
  readonly process: SimulatedRuntime;
  /** Whether it still lives: its process does, and it has not stopped. */
  isAlive(): boolean;
}

/** Keeps account of singletons from outside the system under test: their actors report each start and stop. */
export class Ledger {
  readonly lives: Life[] = [];
  readonly #world: World;
  readonly #sights: Sights;
  readonly #livesOf = new Map<string, Life[]>();

  constructor(world: World, sights: Sights) {
    this.#world = world;
    this.#sights = sights;
  }

  /** An actor starts. @returns what it has to call when it stops. */
  started(name: string, epoch: number, node: string): () => void {
    const process = this.#world.process(node);
    let hasStopped = false;
    const isAlive = (): boolean => !hasStopped && process.state !== "dead";
    const before = this.#livesOf.get(name) ?? [];
    const beside = before.filter((life) => life.isAlive());
    const inSight = before.filter(
      (life) => life.process.state !== "dead" && this.#sights.togetherMs(process, life.process) >= inSightMs,
    );
    const life = { name, epoch, node, startedAt: this.#world.time.now, before, inSight, beside, process, isAlive };
    this.lives.push(life);
    this.#livesOf.set(name, [...before, life]);
    return () => {
      hasStopped = true;
    };
  }

  /** The living copies of `name`. */
  alive(name: string): Life[] {
    return (this.#livesOf.get(name) ?? []).filter((life) => life.isAlive());
  }
}
