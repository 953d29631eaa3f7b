import type { ActorRef, Deadlines } from "@foundation/actor";
import { type ParkedMessage, ParkedMessages } from "./parked-messages.ts";

/** The messages of a node that wait for names. A name that none waits for takes no memory. */
export class ParkedNames {
  readonly #deadlines: Deadlines;
  readonly #byName = new Map<string, ParkedMessages>();
  readonly #inAll = { count: 0, bytes: 0 };

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** How many messages wait. */
  get messages(): number {
    return this.#inAll.count;
  }

  /** What they hold on to, about. Bytes. */
  get bytes(): number {
    return this.#inAll.bytes;
  }

  /** How many names they wait for. */
  get size(): number {
    return this.#byName.size;
  }

  /** The names that messages wait for; they may be taken out meanwhile. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Whether messages wait for `name`. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Keeps a message until `name` is taken. @returns takes it back. @throws ActorError `overloaded`, as {@link ParkedMessages.park}. */
  park(name: string, message: ParkedMessage): () => void {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.park(message);
    const made = new ParkedMessages(name, {
      deadlines: this.#deadlines,
      inAll: this.#inAll,
      onEmpty: () => {
        if (this.#byName.get(name) === made) this.#byName.delete(name);
      },
    });
    const takeBack = made.park(message);
    // Only now: one that was refused leaves nothing behind.
    this.#byName.set(name, made);
    return takeBack;
  }

  /** `name` has an owner: everything goes there. @param refused told of each message that the way there does not take. */
  release(name: string, ref: ActorRef, refused: (error: unknown) => void): void {
    this.#take(name)?.release(ref, refused);
  }

  /** `name` will not be taken. */
  abandon(name: string): void {
    this.#take(name)?.abandon();
  }

  /** No name will be taken any more. */
  abandonAll(): void {
    const all = [...this.#byName.values()];
    this.#byName.clear();
    for (const parked of all) parked.abandon();
  }

  #take(name: string): ParkedMessages | undefined {
    const parked = this.#byName.get(name);
    this.#byName.delete(name);
    return parked;
  }
}
