import { Ring } from "../mailbox/ring.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { TurnSlice } from "./turn-slice.ts";

/** An actor, as far as its turns are concerned. */
export interface Schedulable {
  /** Whether it is in the queue. Owned by the scheduler. */
  isScheduled: boolean;
  /** Handles up to `budget` signals and messages. @returns whether more is ready to be handled. */
  run(budget: number): boolean;
}

/** Messages one actor may handle before the next one has its turn. */
const messagesPerTurnMax = 256;

/**
 * Lets ready actors take turns.
 *
 * Work starts at the end of the current turn of the event loop, so a message to an idle actor costs no timer; once a
 * turn has spent its slice, the rest waits for the next one, so neither a flooded actor nor a ping-pong of microtasks
 * keeps I/O waiting.
 *
 * What is no message, such as a loop that waits for room or reads a stream, has a slice of its own: with one for both, whichever
 * comes first in each turn would leave nothing to the other, for as long as it goes on.
 */
export class Scheduler {
  readonly #runtime: Runtime;
  readonly #ready = new Ring<Schedulable>();
  readonly #actors: TurnSlice;
  readonly #others: TurnSlice;
  #isArmed = false;
  /** Resolves when the next turn begins: one for all that wait, so that they go on side by side. */
  #nextTurn: Promise<void> | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#actors = new TurnSlice(runtime);
    this.#others = new TurnSlice(runtime);
  }

  /** When the slice at hand began. Monotonic milliseconds. */
  get sliceStartedAt(): number {
    return this.#actors.startedAt;
  }

  /** Puts `cell` at the end of the queue. */
  schedule(cell: Schedulable): void {
    cell.isScheduled = true;
    this.#ready.push(cell);
    if (this.#isArmed) return;
    this.#isArmed = true;
    if (this.#actors.isSpent) this.#runtime.nextTurn(this.#run);
    else this.#runtime.microtask(this.#run);
  }

  /** Called before each message. @returns whether actors have run long enough in this turn of the event loop. */
  isTurnSpent(): boolean {
    return this.#actors.isSpentBeforeStep();
  }

  /** For work that is no message: resolves at once, or in the next turn when such work has taken long enough in this one. */
  takeTurn(): Promise<void> | undefined {
    this.#others.open();
    return this.#others.look() ? this.#turn() : undefined;
  }

  /** The same for what takes no longer than a message, such as an answer that needs none: looks at the clock as seldom. */
  giveWay(): Promise<void> | undefined {
    this.#others.open();
    return this.#others.isSpentBeforeStep() ? this.#turn() : undefined;
  }

  #turn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) =>
      this.#runtime.nextTurn(() => {
        this.#nextTurn = undefined;
        resolve();
      }),
    );
    return this.#nextTurn;
  }

  readonly #run = (): void => {
    this.#actors.open();
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
    if (this.#actors.isSpent) this.#runtime.nextTurn(this.#run);
    // Whoever waits for a promise that was settled meanwhile gets its turn: the others' asks beside a flooded actor.
    else this.#runtime.microtask(this.#run);
  };

  /** Runs actors until none is ready, the slice is spent, or one has used its whole turn. */
  #runReady(): void {
    // An actor that would handle nothing keeps its place.
    if (this.#actors.isSpent) return;
    for (let cell = this.#ready.shift(); cell !== undefined; cell = this.#ready.shift()) {
      let hasMore = true;
      try {
        hasMore = cell.run(messagesPerTurnMax);
      } finally {
        if (hasMore) this.#ready.push(cell);
        else cell.isScheduled = false;
      }
      if (this.#actors.isSpent || hasMore) return;
    }
  }
}
