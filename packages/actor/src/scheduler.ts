import type { ActorCell } from "./actor-cell.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** Messages one actor may handle before the next one has its turn. */
const messagesPerTurnMax = 256;
/** How long actors may run before the event loop gets to its I/O. Milliseconds. */
const sliceMs = 2;

/**
 * Lets ready actors take turns.
 *
 * Work starts at the end of the current turn of the event loop, so a message to an idle actor costs no timer; once a
 * turn has spent its slice, the rest waits for the next one, so neither a flooded actor nor a ping-pong of microtasks
 * keeps I/O waiting.
 */
export class Scheduler {
  readonly #runtime: Runtime;
  #ready: ActorCell[] = [];
  #next: ActorCell[] = [];
  #isArmed = false;
  /** When this turn of the event loop began to run actors; undefined before it has. */
  #sliceStartedAt: number | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Puts `cell` at the end of the queue unless it is in it. */
  schedule(cell: ActorCell): void {
    cell.isScheduled = true;
    this.#next.push(cell);
    if (this.#isArmed) return;
    this.#isArmed = true;
    if (this.isSliceSpent()) this.#runtime.nextTurn(this.#run);
    else this.#runtime.microtask(this.#run);
  }

  readonly #run = (): void => {
    this.#beginSlice();
    try {
      this.#runRounds();
    } finally {
      // Also when a callback of the program threw: that is its error, and the other actors go on.
      this.#isArmed = this.#next.length > 0;
      if (this.#isArmed) this.#runtime.nextTurn(this.#run);
    }
  };

  #runRounds(): void {
    while (this.#next.length > 0) {
      const round = this.#next;
      this.#next = this.#ready;
      this.#ready = round;
      for (let i = 0; i < round.length; i++) {
        const cell = round[i] as ActorCell;
        let hasMore = true;
        try {
          hasMore = cell.run(messagesPerTurnMax);
        } catch (error) {
          this.#next = [cell, ...round.slice(i + 1), ...this.#next];
          round.length = 0;
          throw error;
        }
        if (hasMore) this.#next.push(cell);
        else cell.isScheduled = false;
        if ((i & 7) === 7 && this.isSliceSpent()) {
          this.#next = round.slice(i + 1).concat(this.#next);
          break;
        }
      }
      round.length = 0;
      if (this.isSliceSpent()) break;
    }
  }

  #beginSlice(): void {
    if (this.#sliceStartedAt !== undefined) return;
    this.#sliceStartedAt = this.#runtime.now();
    this.#runtime.nextTurn(() => {
      this.#sliceStartedAt = undefined;
    });
  }

  /** Whether actors have run long enough in this turn of the event loop. */
  isSliceSpent(): boolean {
    return this.#sliceStartedAt !== undefined && this.#runtime.now() - this.#sliceStartedAt >= sliceMs;
  }
}
