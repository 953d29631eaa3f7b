import type { ActorCell } from "../actor/actor-cell.ts";
import { Ring } from "../mailbox/ring.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Actors that are told to stop in one turn of the event loop: many at once would hold it, and have their time run out meanwhile. */
const stopsPerTurn = 64;
/** Actors that may start meanwhile, besides as many as there were. */
const startsMax = 10_000;

/** What an {@link OrderlyStop} does to the world. */
interface OrderlyStopPort {
  readonly runtime: Runtime;
  /** Whether an actor is one of those to be stopped. */
  belongs(cell: ActorCell): boolean;
  /** Tells an actor to stop. */
  stop(cell: ActorCell): void;
}

/**
 * Stops actors, however many and however deep: first those that no living actor has spawned, newest first, and each of the others
 * as soon as the one that spawned it has ended. What starts meanwhile is stopped, too.
 */
export class OrderlyStop {
  readonly #port: OrderlyStopPort;
  /** By the actor that spawned them and still lives. */
  readonly #children = new Map<ActorCell, ActorCell[]>();
  /** Those whose turn it is. */
  readonly #due = new Ring<ActorCell>();
  readonly #over = Promise.withResolvers<"stopped" | "neverEnding">();
  #living = 0;
  #startsLeft = startsMax;
  #isScheduled = false;

  /** @param cells all actors, oldest first. */
  constructor(port: OrderlyStopPort, cells: Iterable<ActorCell>) {
    this.#port = port;
    const roots: ActorCell[] = [];
    for (const cell of cells) if (this.#belongs(cell) && !this.#isLeftToParent(cell)) roots.push(cell);
    this.#startsLeft += this.#living;
    this.#makeDue(roots);
    this.#endIfOver();
  }

  /** Resolves to `stopped` when none of them lives, or to `neverEnding` when they keep starting others. */
  get over(): Promise<"stopped" | "neverEnding"> {
    return this.#over.promise;
  }

  /** An actor has been spawned. */
  spawned(cell: ActorCell): void {
    if (!this.#belongs(cell)) return;
    if (--this.#startsLeft < 0) this.#over.resolve("neverEnding");
    else if (!this.#isLeftToParent(cell)) this.#makeDue([cell]);
  }

  /** An actor has ended: its children have nobody left. */
  ended(cell: ActorCell): void {
    if (!this.#port.belongs(cell)) return;
    this.#living--;
    const orphans = this.#children.get(cell);
    this.#children.delete(cell);
    if (orphans !== undefined) this.#makeDue(orphans);
    this.#endIfOver();
  }

  #belongs(cell: ActorCell): boolean {
    if (!this.#port.belongs(cell)) return false;
    this.#living++;
    return true;
  }

  #isLeftToParent(cell: ActorCell): boolean {
    const { parent } = cell;
    if (parent?.isAlive !== true) return false;
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, [cell]);
    else siblings.push(cell);
    return true;
  }

  /** @param cells oldest first. */
  #makeDue(cells: readonly ActorCell[]): void {
    for (let at = cells.length - 1; at >= 0; at--) {
      const cell = cells[at] as ActorCell;
      if (cell.isAlive) this.#due.push(cell);
    }
    if (this.#isScheduled || this.#due.length === 0) return;
    this.#isScheduled = true;
    // Not at once: those that the end of an actor concerns learn of it first.
    this.#port.runtime.microtask(this.#stopDue);
  }

  readonly #stopDue = (): void => {
    for (let left = stopsPerTurn; left > 0; left--) {
      const cell = this.#due.shift();
      if (cell === undefined) break;
      this.#port.stop(cell);
    }
    this.#isScheduled = this.#due.length > 0;
    if (this.#isScheduled) this.#port.runtime.nextTurn(this.#stopDue);
  };

  #endIfOver(): void {
    if (this.#living === 0) this.#over.resolve("stopped");
  }
}
