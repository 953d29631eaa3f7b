import type { ActorCell } from "../actor/actor-cell.ts";
import { Ring } from "../mailbox/ring.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Messages one actor may handle before the next one has its turn. */
const messagesPerTurnMax = 256;
/** How long actors may run before the event loop gets to its I/O. Milliseconds. */
const sliceMs = 2;
/** Messages between two looks at the clock, at most: while they take a few microseconds each. */
const messagesPerLookMax = 16;
/** When as many messages took less than this, the next look may be later. Milliseconds. */
const quickMs = 0.1;

/**
 * Lets ready actors take turns.
 *
 * Work starts at the end of the current turn of the event loop, so a message to an idle actor costs no timer; once a
 * turn has spent its slice, the rest waits for the next one, so neither a flooded actor nor a ping-pong of microtasks
 * keeps I/O waiting.
 *
 * Looking at the clock costs as much as a message, so quick messages are looked at in groups: after a look that found the
 * last group quick the next group is twice as large, up to 16; after a slow one each message is looked at.
 */
export class Scheduler {
  readonly #runtime: Runtime;
  readonly #ready = new Ring<ActorCell>();
  #isArmed = false;
  #isSliceOpen = false;
  #isSpent = false;
  #sliceStartedAt = 0;
  #lookedAt = 0;
  #messagesPerLook = 1;
  #messagesUntilLook = 1;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** When the slice at hand began. Monotonic milliseconds. */
  get sliceStartedAt(): number {
    return this.#sliceStartedAt;
  }

  /** Puts `cell` at the end of the queue. */
  schedule(cell: ActorCell): void {
    cell.isScheduled = true;
    this.#ready.push(cell);
    if (this.#isArmed) return;
    this.#isArmed = true;
    if (this.#isSpent) this.#runtime.nextTurn(this.#run);
    else this.#runtime.microtask(this.#run);
  }

  /** Called before each message. @returns whether actors have run long enough in this turn of the event loop. */
  isTurnSpent(): boolean {
    if (this.#isSpent) return true;
    if (--this.#messagesUntilLook > 0) return false;
    return this.#look();
  }

  /** For work that is no message: resolves at once, or in the next turn when actors have run long enough in this one. */
  takeTurn(): Promise<void> | undefined {
    this.#openSlice();
    return this.#look() ? this.#nextTurn() : undefined;
  }

  /** The same for what takes no longer than a message, such as an answer that needs none: looks at the clock as seldom. */
  giveWay(): Promise<void> | undefined {
    this.#openSlice();
    return this.isTurnSpent() ? this.#nextTurn() : undefined;
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#runtime.nextTurn(resolve));
  }

  readonly #run = (): void => {
    this.#openSlice();
    try {
      this.#runReady();
    } catch (error) {
      // A callback of the program threw: that is its error, and the actors go on.
      this.#runtime.nextTurn(() => {
        throw error;
      });
    }
    this.#isArmed = this.#ready.length > 0;
    if (!this.#isArmed) return;
    if (this.#isSpent) this.#runtime.nextTurn(this.#run);
    // Whoever waits for a promise that was settled meanwhile gets its turn: the others' asks beside a flooded actor.
    else this.#runtime.microtask(this.#run);
  };

  /** Runs actors until none is ready, the slice is spent, or one has used its whole turn. */
  #runReady(): void {
    // An actor that would handle nothing keeps its place.
    if (this.#isSpent) return;
    for (let cell = this.#ready.shift(); cell !== undefined; cell = this.#ready.shift()) {
      let hasMore = true;
      try {
        hasMore = cell.run(messagesPerTurnMax);
      } finally {
        if (hasMore) this.#ready.push(cell);
        else cell.isScheduled = false;
      }
      if (this.#isSpent || hasMore) return;
    }
  }

  #openSlice(): void {
    if (this.#isSliceOpen) return;
    this.#isSliceOpen = true;
    this.#isSpent = false;
    this.#sliceStartedAt = this.#lookedAt = this.#runtime.now();
    this.#runtime.nextTurn(this.#endSlice);
  }

  readonly #endSlice = (): void => {
    this.#isSliceOpen = this.#isSpent = false;
  };

  #look(): boolean {
    const now = this.#runtime.now();
    const isQuick = now - this.#lookedAt < quickMs;
    this.#messagesPerLook = isQuick ? Math.min(2 * this.#messagesPerLook, messagesPerLookMax) : 1;
    this.#messagesUntilLook = this.#messagesPerLook;
    this.#lookedAt = now;
    this.#isSpent = now - this.#sliceStartedAt >= sliceMs;
    return this.#isSpent;
  }
}
