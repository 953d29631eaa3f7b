import { Actor, type ActorClass } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { Incremented, Increments } from "./increments.ts";
import type { Ledger } from "./ledger.ts";

/** What an actor that was told to crash throws. */
export const plannedCrash = "a planned crash";

/** Counts increments in its memory; often takes its time over them, and over its start and stop. */
export interface CountingActor extends Actor {
  increment(request: number): Promise<Incremented>;
  crash(request: number): Promise<Incremented>;
  read(): Incremented;
}

/**
 * A class whose actors report what they do. One of its own in each world, as in separate programs.
 *
 * @param pace how long they take, at most, in virtual milliseconds.
 */
export function countingClass(
  ledger: Ledger,
  increments: Increments,
  { random, slowMsMax }: { readonly random: SeededRandom; readonly slowMsMax: number },
): ActorClass<CountingActor, [name: string]> {
  return class Counting extends Actor {
    readonly #name: string;
    readonly #life = increments.begin();
    #count = 0;
    #stopped: () => void = () => {};

    constructor(name: string) {
      super();
      this.#name = name;
    }

    async increment(request: number): Promise<Incremented> {
      increments.runs(request, this.#life);
      const count = ++this.#count;
      if (random.chance(0.3)) await this.#takeTime();
      return { life: this.#life, count };
    }

    async crash(request: number): Promise<Incremented> {
      increments.runs(request, this.#life);
      await this.#takeTime();
      throw new Error(plannedCrash);
    }

    read(): Incremented {
      return { life: this.#life, count: this.#count };
    }

    protected override async onStart(): Promise<void> {
      this.#stopped = ledger.started(this.#name, this.context.epoch ?? 0, this.context.system.name);
      if (random.chance(0.5)) await this.#takeTime();
    }

    protected override async onStop(): Promise<void> {
      if (random.chance(0.5)) await this.#takeTime();
      this.#stopped();
    }

    #takeTime(): Promise<void> {
      const { runtime } = this.context.system;
      return new Promise((resolve) => runtime.setTimer(random.between(0, slowMsMax), resolve));
    }
  };
}
