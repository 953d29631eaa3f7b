import type { VirtualTime } from "../world/virtual-time.ts";

/** Virtual milliseconds that {@link TestTime.until} waits unless told otherwise. */
const untilMsDefault = 60_000;
/** Virtual milliseconds that {@link TestTime.settle} waits unless told otherwise. */
const settleMsDefault = 3_600_000;

/**
 * The clock of a test: it moves only inside {@link advance}, {@link until} and {@link settle}, and as far as it is told to.
 *
 * All of them take no longer than the work that is done in them, however much virtual time passes.
 */
export class TestTime {
  readonly #time: VirtualTime;
  readonly #diagnose: () => string;

  /** @param diagnose what a failed wait shows besides. */
  constructor(time: VirtualTime, diagnose: () => string) {
    this.#time = time;
    this.#diagnose = diagnose;
  }

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.#time.now;
  }

  /** Lets `durationMs` virtual milliseconds pass. */
  async advance(durationMs: number): Promise<void> {
    await this.#time.advance(durationMs);
  }

  /**
   * Lets time pass until `condition` holds.
   *
   * @param limitMs virtual milliseconds. Default 60 000.
   * @throws Error with what the system last logged, when it does not hold in time.
   */
  async until(condition: () => boolean, limitMs: number = untilMsDefault): Promise<void> {
    if (await this.#time.until(condition, limitMs)) return;
    throw new Error(`the condition did not hold within ${limitMs} virtual ms: ${condition}\n${this.#diagnose()}`);
  }

  /**
   * Lets time pass until `promise` settles.
   *
   * @param limitMs virtual milliseconds. Default an hour.
   * @returns what it resolves to.
   * @throws what it rejects with; Error as {@link until} when it does not settle in time.
   */
  async settle<T>(promise: Promise<T>, limitMs: number = settleMsDefault): Promise<T> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    if (await this.#time.until(() => isSettled, limitMs)) return promise;
    const hint = "virtual time does not wait for files, sockets or setTimeout";
    throw new Error(`the promise did not settle within ${limitMs} virtual ms (${hint})\n${this.#diagnose()}`);
  }
}
