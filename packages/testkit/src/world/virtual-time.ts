import { EventQueue, type ScheduledEvent } from "./event-queue.ts";

/** Events that may happen without virtual time moving on; more means that something spins. */
const eventsPerInstantMax = 1_000_000;

/**
 * Time that moves only when everything that is ready has happened.
 *
 * Between two events all promise continuations run, so code that awaits sees no difference to the real world. The order of
 * events depends on nothing but what was scheduled.
 */
export class VirtualTime {
  readonly #queue = new EventQueue();
  #now = 0;
  #isRunning = false;

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Events that have not happened yet. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Has `run` called in `delayMs` virtual milliseconds. */
  schedule(delayMs: number, run: () => void): ScheduledEvent {
    return this.scheduleAt(this.#now + delayMs, run);
  }

  /** Has `run` called at `at`, or now when that is past. Exact: what is due at one moment happens in order of scheduling. */
  scheduleAt(at: number, run: () => void): ScheduledEvent {
    return this.#queue.push(Math.max(this.#now, at), run);
  }

  /** Lets `durationMs` virtual milliseconds pass. */
  async advance(durationMs: number): Promise<void> {
    await this.#runWhile(this.#now + durationMs, () => true);
  }

  /**
   * Lets time pass until `condition` holds.
   *
   * @param limitMs virtual milliseconds that may pass at most.
   * @returns whether it came true.
   */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    let isTrue = condition();
    if (!isTrue) await this.#runWhile(this.#now + limitMs, () => !(isTrue = condition()));
    return isTrue || condition();
  }

  async #runWhile(end: number, goOn: () => boolean): Promise<void> {
    if (this.#isRunning) throw new Error("virtual time is running already; await the call that moves it");
    this.#isRunning = true;
    let atThisInstant = 0;
    try {
      await continuations();
      while (goOn()) {
        const at = this.#queue.nextAt;
        if (at === undefined || at > end) break;
        atThisInstant = at > this.#now ? 0 : atThisInstant + 1;
        if (atThisInstant > eventsPerInstantMax)
          throw new Error(`${eventsPerInstantMax} events at ${at} ms: something spins`);
        this.#now = Math.max(this.#now, at);
        this.#queue.pop()?.run();
        await continuations();
      }
      if (goOn()) this.#now = Math.max(this.#now, end);
    } finally {
      this.#isRunning = false;
    }
  }
}

/** Resolves when no promise continuation and no microtask is left. */
function continuations(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
