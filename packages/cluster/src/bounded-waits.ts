import type { Runtime } from "@foundation/actor";

/** Waits of one part of the node for others, each bounded in time, all of which end when the part stops. */
export class BoundedWaits {
  readonly #runtime: Pick<Runtime, "setTimer">;
  readonly #giveUps = new Set<() => void>();

  constructor(runtime: Pick<Runtime, "setTimer">) {
    this.#runtime = runtime;
  }

  /** @returns whether `work` was done within `ms` milliseconds, and before {@link stop}. @throws what `work` fails with until then. */
  async atMost(ms: number, work: Promise<unknown>): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const giveUp = (): void => resolve(false);
    const timer = this.#runtime.setTimer(ms, giveUp, { background: true });
    this.#giveUps.add(giveUp);
    try {
      return await Promise.race([work.then(() => true), late]);
    } finally {
      this.#giveUps.delete(giveUp);
      timer.cancel();
    }
  }

  /** Ends the waits that are under way. */
  stop(): void {
    for (const giveUp of this.#giveUps) giveUp();
  }
}
