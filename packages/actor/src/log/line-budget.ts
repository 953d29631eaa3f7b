/** What a line costs, and what there is at most: 20 lines at once, and 20 a minute after that. Milliseconds. */
const lineMs = 3_000;
const budgetMs = 60_000;

/**
 * How many lines events of one kind may still have, whatever they are about: beside {@link RepeatedEvents}, for subjects that others
 * can make up by the thousand.
 */
export class LineBudget {
  readonly #now: () => number;
  #leftMs = budgetMs;
  #countedAt: number;

  /** @param now monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#countedAt = now();
  }

  /** Whether there is room for a line. */
  get hasRoom(): boolean {
    this.#refill();
    return this.#leftMs >= lineMs;
  }

  /** A line was written. */
  spend(): void {
    this.#refill();
    this.#leftMs -= lineMs;
  }

  #refill(): void {
    const now = this.#now();
    this.#leftMs = Math.min(budgetMs, this.#leftMs + now - this.#countedAt);
    this.#countedAt = now;
  }
}
