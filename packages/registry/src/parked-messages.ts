import { ActorError, type ActorRef, type Deadlines, Expiring } from "@foundation/actor";

/** Messages that may wait for one name; further ones are refused. */
export const parkedMax = 10_000;
/** How long a message without a deadline of its own waits for its name before it becomes a dead letter. Milliseconds. */
const parkedMs = 5_000;

/** A message that waits until its name is taken. */
class Parked extends Expiring {
  readonly send: (ref: ActorRef) => void;
  readonly giveUp: () => void;

  constructor(send: (ref: ActorRef) => void, giveUp: () => void) {
    super();
    this.send = send;
    this.giveUp = giveUp;
  }

  override expire(): void {
    this.giveUp();
  }
}

/** The messages of this node that wait for one name, in the order in which they were sent. */
export class ParkedMessages {
  readonly #name: string;
  readonly #deadlines: Deadlines;
  readonly #parked = new Set<Parked>();

  constructor(name: string, deadlines: Deadlines) {
    this.#name = name;
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#parked.size;
  }

  /**
   * Keeps a message for the next owner of the name.
   *
   * @param giveUp called once when there will be none, or not in time.
   * @param hasDeadline whether the sender keeps a deadline itself and takes the message back with what this returns.
   * @throws ActorError `overloaded` when {@link parkedMax} wait already.
   */
  park(send: (ref: ActorRef) => void, giveUp: () => void, hasDeadline: boolean): () => void {
    if (this.#parked.size >= parkedMax) {
      throw new ActorError(
        "overloaded",
        `${parkedMax} messages wait for ${JSON.stringify(this.#name)}; nothing was sent`,
      );
    }
    const parked = new Parked(send, () => {
      this.#parked.delete(parked);
      giveUp();
    });
    this.#parked.add(parked);
    if (!hasDeadline) this.#deadlines.add(parked, parkedMs);
    return () => this.#parked.delete(parked);
  }

  /** The name has an owner: everything goes there. @param refused told of each message that the way there does not take. */
  release(ref: ActorRef, refused: (error: unknown) => void): void {
    for (const parked of this.#drain()) {
      try {
        parked.send(ref);
      } catch (error) {
        // Its sender was told that it is on its way, so the refusal can only be noted.
        refused(error);
        parked.giveUp();
      }
    }
  }

  /** The name will not be taken again. */
  abandon(): void {
    for (const parked of this.#drain()) parked.giveUp();
  }

  #drain(): Parked[] {
    const drained = [...this.#parked];
    this.#parked.clear();
    for (const parked of drained) this.#deadlines.cancel(parked);
    return drained;
  }
}
