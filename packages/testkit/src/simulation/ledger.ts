import type { World } from "../world/world.ts";

/** One life of one singleton, as the actor itself told it. */
export interface Life {
  readonly name: string;
  readonly epoch: number;
  readonly node: string;
  /** Virtual milliseconds. */
  readonly startedAt: number;
  /** Copies that lived when this one started, as `node#epoch`. */
  readonly beside: readonly string[];
  /** Whether it still lives: its process does, and it has not stopped. */
  isAlive(): boolean;
}

/** Keeps account of singletons from outside the system under test: their actors report each start and stop. */
export class Ledger {
  readonly lives: Life[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** An actor starts. @returns what it has to call when it stops. */
  started(name: string, epoch: number, node: string): () => void {
    const process = this.#world.process(node);
    let hasStopped = false;
    const isAlive = (): boolean => !hasStopped && process.state !== "dead";
    const beside = this.alive(name).map((life) => `${life.node}#${life.epoch}`);
    this.lives.push({ name, epoch, node, startedAt: this.#world.time.now, beside, isAlive });
    return () => {
      hasStopped = true;
    };
  }

  /** The living copies of `name`. */
  alive(name: string): Life[] {
    return this.lives.filter((life) => life.name === name && life.isAlive());
  }
}
