import type { Runtime } from "@foundation/actor";
import type { Connection } from "../transport.ts";

/** How long one turn of the event loop may be spent on what peers have sent. Milliseconds. */
const sliceMs = 4;

/**
 * Keeps a flood of frames from holding the event loop: when a turn has spent its slice on reading, connections that have more
 * to say are paused until the next turn, and everybody else gets to their work.
 */
export class ReadingSlice {
  readonly #runtime: Runtime;
  readonly #paused = new Set<Connection>();
  #isOpen = false;
  #startedAt = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** A frame arrived. @param now monotonic milliseconds. */
  begin(now: number): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#startedAt = now;
    this.#runtime.nextTurn(this.#end);
  }

  /** The frame of `connection` was handled; more may follow in this turn. */
  handled(connection: Connection): void {
    if (this.#paused.size > 0 && this.#paused.has(connection)) return;
    if (this.#runtime.now() - this.#startedAt < sliceMs) return;
    this.#paused.add(connection);
    connection.pause();
  }

  readonly #end = (): void => {
    this.#isOpen = false;
    // They may have frames at hand, which are handled before this returns and may pause them again. The first one has had the
    // whole slice, so the next one is the first now.
    const [first, ...others] = this.#paused;
    this.#paused.clear();
    for (const connection of others) connection.resume();
    first?.resume();
  };
}
