import { checkValue, optionRule } from "@foundation/actor/spi";
import { EventQueue, type ScheduledEvent } from "./event-queue.ts";

const durationRule = optionRule.milliseconds({ min: 0 });

/** Events that may happen without virtual time moving on; more means that something spins. */
const eventsPerInstantMax = 1_000_000;
/** Events that happen in one turn of the real event loop. */
const eventsAtOnce = 32;

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
  #atThisInstant = 0;

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
    return at > this.#now ? this.#queue.push(at, run) : this.#queue.pushNow(this.#now, run);
  }

  /** Lets `durationMs` virtual milliseconds pass. */
  async advance(durationMs: number): Promise<void> {
    checkValue("the time to advance", durationMs, durationRule);
    await this.#runWhile(this.#now + durationMs, () => true);
  }

  /**
   * Lets time pass until `condition` holds.
   *
   * @param limitMs virtual milliseconds that may pass at most.
   * @returns whether it came true.
   */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    checkValue("the condition of a wait", condition, optionRule.callback);
    checkValue("the limit of a wait", limitMs, durationRule);
    let isTrue = condition();
    if (!isTrue) await this.#runWhile(this.#now + limitMs, () => !(isTrue = condition()));
    return isTrue || condition();
  }

  async #runWhile(end: number, goOn: () => boolean): Promise<void> {
    if (this.#isRunning) throw new Error("virtual time is running already; await the call that moves it");
    this.#isRunning = true;
    try {
      while (await this.#runSome(end, goOn));
      if (goOn()) this.#now = Math.max(this.#now, end);
    } finally {
      this.#isRunning = false;
    }
  }

  /**
   * Lets up to {@link eventsAtOnce} events happen.
   *
   * Each has an immediate of its own: Node runs all promise continuations and microtasks between two of them, and a turn of the
   * real event loop for each event would cost as much as the event.
   *
   * @returns whether there may be more.
   */
  #runSome(end: number, goOn: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const step = (isLast: boolean): void => {
        if (isOver) return;
        try {
          isOver = !goOn() || !this.#runNext(end);
          if (isOver || isLast) resolve(!isOver);
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      for (let count = 1; count <= eventsAtOnce; count++) setImmediate(step, count === eventsAtOnce);
    });
  }

  /** @returns false when nothing is left until `end`. */
  #runNext(end: number): boolean {
    const at = this.#queue.nextAt;
    if (at === undefined || at > end) return false;
    this.#atThisInstant = at > this.#now ? 0 : this.#atThisInstant + 1;
    if (this.#atThisInstant > eventsPerInstantMax)
      throw new Error(`${eventsPerInstantMax} events at ${at} ms: something spins`);
    this.#now = Math.max(this.#now, at);
    this.#queue.pop()?.run();
    return true;
  }
}
