/** What there is at most. A line costs its part of that. Milliseconds. */
const budgetMs = 60_000;

/**
 * How many lines events of one kind may still have, whatever they are about: beside {@link RepeatedEvents}, for subjects that others
 * can make up by the thousand.
 */
export class LineBudget {
  readonly #now: () => number;
  readonly #lineMs: number;
  #leftMs = budgetMs;
  #countedAt: number;

  /** @param now monotonic milliseconds. @param linesAMinute lines at once, and in each minute after that. */
  constructor(now: () => number, linesAMinute = 20) {
    this.#now = now;
    this.#lineMs = budgetMs / linesAMinute;
    this.#countedAt = now();
  }

  /** Whether there is room for a line. */
  get hasRoom(): boolean {
    this.#refill();
    return this.#leftMs >= this.#lineMs;
  }

  /** A line was written. */
  spend(): void {
    this.#refill();
    this.#leftMs -= this.#lineMs;
  }

  #refill(): void {
    const now = this.#now();
    this.#leftMs = Math.min(budgetMs, this.#leftMs + now - this.#countedAt);
    this.#countedAt = now;
  }
}
