/**
 * How many times in a row what is told may lead to something else that is to be told. Listeners that go on like that for ever are told
 * at once then, and end as every endless recursion does.
 */
const generationsMax = 1_000;

interface Waiting {
  readonly telling: () => void;
  /** How many tellings have led to this one. */
  readonly generation: number;
}

/**
 * Tells listeners of one thing after the other. What happens while they are being told of something, because of a listener, is told when
 * all of them know that: each of them hears of everything in the order in which it happened.
 */
export class ToldInOrder {
  readonly #waiting: Waiting[] = [];
  #generation: number | undefined;

  /** Calls `telling` now, or when what is being told has been told. It must not throw. */
  tell(telling: () => void): void {
    if (this.#generation !== undefined) {
      if (this.#generation >= generationsMax) telling();
      else this.#waiting.push({ telling, generation: this.#generation + 1 });
      return;
    }
    this.#generation = 0;
    telling();
    // An array's iterator sees what is pushed meanwhile.
    for (const next of this.#waiting) {
      this.#generation = next.generation;
      next.telling();
    }
    this.#waiting.length = 0;
    this.#generation = undefined;
  }
}
