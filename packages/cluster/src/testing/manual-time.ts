import { type Runtime, silentLog, type Timer } from "@foundation/actor";

/** A clock that only moves when told. Stalling moves it without running timers, as a blocked event loop does. */
export class ManualTime {
  now = 1_000;
  #timers: { at: number; callback: () => void }[] = [];
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

  stall(ms: number): void {
    this.now += ms;
  }

  /** `poll` runs between timers and turns: what arrives from the network is read there. */
  advance(ms: number, poll: () => void = () => {}): void {
    for (const end = this.now + ms; this.now < end; this.now = Math.min(end, this.now + 10)) {
      this.runDue(poll);
    }
    this.runDue(poll);
  }

  runDue(poll: () => void): void {
    const due = this.#timers.filter((timer) => timer.at <= this.now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.now);
    for (const { callback } of due) callback();
    for (let round = 0; round < 3; round++) {
      poll();
      for (const callback of this.#turns.splice(0)) callback();
    }
  }
}
