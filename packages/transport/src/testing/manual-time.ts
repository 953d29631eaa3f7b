import { type Runtime, silentLog, type Timer } from "@foundation/actor";

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when it is told to, with the timers and turns that belong to it. */
export class ManualTime {
  now = 0;
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

  /** Lets `ms` milliseconds pass: what is due in them happens at its time. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      for (const callback of this.#turns.splice(0)) callback();
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
    this.now = end;
  }
}
