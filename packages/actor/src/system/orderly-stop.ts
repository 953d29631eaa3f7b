import type { Runtime, Timer } from "../runtime/runtime.ts";

/** Actors that are told to stop in one turn of the event loop: many at once would hold it, and have their time run out meanwhile. */
const stopsPerTurn = 64;
/** Actors that may start meanwhile, besides as many as there were. */
const startsMax = 10_000;

/** What has to be known of an actor. */
interface StoppableActor<Cell> {
  /** The actor that spawned it, while it lives itself. */
  readonly parent: Cell | undefined;
  readonly isAlive: boolean;
}

/** What an {@link OrderlyStop} does to the world. */
interface OrderlyStopPort<Cell> {
  readonly runtime: Runtime;
  /** Milliseconds after which those that are left are told all the same; infinite never. */
  readonly orderMs: number;
  /** Whether an actor is one of those to be stopped. */
  belongs(cell: Cell): boolean;
  /** Tells an actor to stop. */
  stop(cell: Cell): void;
}

/**
 * Stops actors, however many and however deep, one after the other: first those that no living actor has spawned, newest first, and
 * those that one has left behind right after it. Each is over before the next one is told, so that it may use those that were there
 * before it until its end. What starts meanwhile is stopped, too.
 *
 * The order is kept for as long as one actor may take to stop. It is that of OTP, where the children of a supervisor, and
 * applications, end in reverse order of their start, each before the next one is told.
 */
export class OrderlyStop<Cell extends StoppableActor<Cell>> {
  readonly #port: OrderlyStopPort<Cell>;
  /** By the actor that spawned them and still lives. */
  readonly #children = new Map<Cell, Cell[]>();
  /** Those whose turn comes, the next one last. */
  readonly #due: Cell[] = [];
  readonly #over = Promise.withResolvers<"stopped" | "neverEnding">();
  #living = 0;
  #startsLeft = startsMax;
  #stopsLeft = stopsPerTurn;
  #isScheduled = false;
  /** The one that has to end before the next one is told. */
  #awaited: Cell | undefined;
  #isInOrder = true;
  #orderTimer: Timer | undefined;

  /** @param cells all actors, oldest first. */
  constructor(port: OrderlyStopPort<Cell>, cells: Iterable<Cell>) {
    this.#port = port;
    const { runtime, orderMs } = port;
    const roots: Cell[] = [];
    for (const cell of cells) if (this.#belongs(cell) && !this.#isLeftToParent(cell)) roots.push(cell);
    this.#startsLeft += this.#living;
    if (orderMs !== Number.POSITIVE_INFINITY && roots.length > 0)
      this.#orderTimer = runtime.setTimer(orderMs, () => this.#giveUpOrder(), { background: true });
    this.#makeDue(roots);
    this.#endIfOver();
  }

  /** Resolves to `stopped` when none of them lives, or to `neverEnding` when they keep starting others. */
  get over(): Promise<"stopped" | "neverEnding"> {
    return this.#over.promise;
  }

  /** An actor has been spawned. */
  spawned(cell: Cell): void {
    if (!this.#belongs(cell)) return;
    if (--this.#startsLeft < 0) this.#end("neverEnding");
    else if (!this.#isLeftToParent(cell)) this.#makeDue([cell]);
  }

  /** An actor has ended: its children have nobody left. */
  ended(cell: Cell): void {
    if (!this.#port.belongs(cell)) return;
    this.#living--;
    if (cell === this.#awaited) this.#awaited = undefined;
    const orphans = this.#children.get(cell) ?? [];
    this.#children.delete(cell);
    this.#makeDue(orphans);
    this.#endIfOver();
  }

  #belongs(cell: Cell): boolean {
    if (!this.#port.belongs(cell)) return false;
    this.#living++;
    return true;
  }

  #isLeftToParent(cell: Cell): boolean {
    const { parent } = cell;
    if (parent?.isAlive !== true) return false;
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, [cell]);
    else siblings.push(cell);
    return true;
  }

  /** @param cells oldest first. */
  #makeDue(cells: readonly Cell[]): void {
    for (const cell of cells) if (cell.isAlive) this.#due.push(cell);
    if (this.#isScheduled || this.#awaited !== undefined || this.#due.length === 0) return;
    this.#isScheduled = true;
    // Not at once: those that the end of an actor concerns learn of it first.
    if (this.#stopsLeft > 0) this.#port.runtime.microtask(this.#stopDue);
    else this.#port.runtime.nextTurn(this.#stopInNewTurn);
  }

  readonly #stopInNewTurn = (): void => {
    this.#stopsLeft = stopsPerTurn;
    this.#stopDue();
  };

  readonly #stopDue = (): void => {
    while (this.#awaited === undefined && this.#stopsLeft > 0) {
      const cell = this.#due.pop();
      if (cell === undefined) break;
      if (!cell.isAlive) continue;
      this.#stopsLeft--;
      this.#port.stop(cell);
      // Most are over by now.
      if (this.#isInOrder && cell.isAlive) this.#awaited = cell;
    }
    this.#isScheduled = false;
    this.#makeDue([]);
  };

  #giveUpOrder(): void {
    const { runtime, orderMs } = this.#port;
    const why = `the time to stop one after the other, ${orderMs} ms, is over`;
    runtime.log.info("actors stop side by side from here on", { why, living: this.#living });
    this.#isInOrder = false;
    this.#awaited = undefined;
    this.#makeDue([]);
  }

  #endIfOver(): void {
    if (this.#living === 0) this.#end("stopped");
  }

  #end(outcome: "stopped" | "neverEnding"): void {
    this.#orderTimer?.cancel();
    this.#over.resolve(outcome);
  }
}
