import { silentLog } from "../runtime/log.ts";
import type { Runtime, Timer } from "../runtime/runtime.ts";

/** How often what arrives from the network is read, where a test has one. Milliseconds. */
const pollMs = 10;

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when it is told to, with the timers and turns that belong to it. For unit tests of all packages. */
export class ManualTime {
  now = 1_000;
  #timers: Due[] = [];
  #turns: (() => void)[] = [];

  readonly runtime: Runtime = {
    now: () => this.now,
    wallTime: () => this.now,
    setTimer: (delayMs, callback): Timer => {
      const timer = { at: this.now + delayMs, callback };
      this.#timers.push(timer);
      return {
        cancel: () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        },
      };
    },
    microtask: (callback) => callback(),
    nextTurn: (callback) => void this.#turns.push(callback),
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length),
    log: silentLog,
  };

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets `ms` milliseconds pass without anything happening in them, as a blocked event loop does. */
  stall(ms: number): void {
    this.now += ms;
  }

  /**
   * Lets `ms` milliseconds pass: what is due in them happens at its time.
   *
   * @param poll reads what arrives from the network; runs every 10 ms, between timers and turns.
   */
  advance(ms: number, poll?: () => void): void {
    const end = this.now + ms;
    if (poll !== undefined) {
      for (; this.now < end; this.now = Math.min(end, this.now + pollMs)) this.#poll(poll);
      this.#poll(poll);
    }
    this.#runUntil(end);
  }

  #poll(poll: () => void): void {
    this.#runDue();
    for (let round = 0; round < 3; round++) {
      poll();
      this.#runTurns();
    }
  }

  /** What was due before, also while time stood still, happens now, in the order in which it was asked for. */
  #runDue(): void {
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    for (const { callback } of due) callback();
  }

  #runUntil(end: number): void {
    for (;;) {
      this.#runTurns();
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
    this.now = end;
  }

  #runTurns(): void {
    for (const callback of this.#turns.splice(0)) callback();
  }
}
