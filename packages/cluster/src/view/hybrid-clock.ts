/** A time stamp that orders events by cause: wall-clock milliseconds, then a counter. */
export type Stamp = readonly [wallMs: number, counter: number];

/** Negative when `a` is earlier than `b`, positive when later, 0 when they are the same. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a[0] - b[0] || a[1] - b[1];
}

/**
 * A hybrid logical clock (Kulkarni et al. 2014): close to wall time, but never behind anything it has seen, so that an
 * effect is stamped later than its cause even when clocks are skewed or jump back.
 */
export class HybridClock {
  readonly #wallTime: () => number;
  #last: Stamp = [0, 0];

  /** @param wallTime milliseconds since the epoch. */
  constructor(wallTime: () => number) {
    this.#wallTime = wallTime;
  }

  /** The stamp of a new local event. */
  tick(): Stamp {
    const wallMs = Math.trunc(this.#wallTime());
    this.#last = wallMs > this.#last[0] ? [wallMs, 0] : [this.#last[0], this.#last[1] + 1];
    return this.#last;
  }

  /** Moves past a stamp that came from elsewhere. */
  observe(stamp: Stamp): void {
    if (compareStamps(stamp, this.#last) > 0) this.#last = stamp;
  }
}
