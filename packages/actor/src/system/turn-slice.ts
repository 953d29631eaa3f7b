import type { Runtime } from "../runtime/runtime.ts";

/** How long one kind of work may take before the event loop gets to its I/O. Milliseconds. */
const sliceMs = 2;
/** Steps between two looks at the clock, at most: while they take a few microseconds each. */
const stepsPerLookMax = 16;
/** When as many steps took less than this, the next look may be later. Milliseconds. */
const quickMs = 0.1;

/**
 * The time that one kind of work has in each turn of the event loop.
 *
 * Looking at the clock costs as much as a message, so quick steps are looked at in groups: after a look that found the last
 * group quick the next group is twice as large, up to 16; after a slow one each step is looked at.
 */
export class TurnSlice {
  readonly #runtime: Pick<Runtime, "now" | "nextTurn">;
  #isOpen = false;
  #isSpent = false;
  #startedAt = 0;
  #lookedAt = 0;
  #stepsPerLook = 1;
  #stepsUntilLook = 1;

  constructor(runtime: Pick<Runtime, "now" | "nextTurn">) {
    this.#runtime = runtime;
  }

  /** When it began. Monotonic milliseconds. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Whether the time of this turn is over, as far as it was looked. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Begins it, unless this turn has seen it. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#isSpent = false;
    this.#startedAt = this.#lookedAt = this.#runtime.now();
    this.#runtime.nextTurn(this.#end);
  }

  /** Called before each step. @returns whether the time of this turn is over. */
  isSpentBeforeStep(): boolean {
    if (this.#isSpent) return true;
    if (--this.#stepsUntilLook > 0) return false;
    return this.look();
  }

  /** The same, for a step that may take long. */
  look(): boolean {
    const now = this.#runtime.now();
    const isQuick = now - this.#lookedAt < quickMs;
    this.#stepsPerLook = isQuick ? Math.min(2 * this.#stepsPerLook, stepsPerLookMax) : 1;
    this.#stepsUntilLook = this.#stepsPerLook;
    this.#lookedAt = now;
    this.#isSpent = now - this.#startedAt >= sliceMs;
    return this.#isSpent;
  }

  readonly #end = (): void => {
    this.#isOpen = this.#isSpent = false;
  };
}
