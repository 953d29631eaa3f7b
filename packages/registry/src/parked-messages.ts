import { ActorError, type ActorRef, type Deadlines, Expiring } from "@foundation/actor";

/** Messages that may wait for one name; further ones are refused. */
export const parkedMax = 10_000;
/** Messages that may wait for all names of a node together. */
export const parkedInAllMax = 100_000;
/** How long a message without a deadline of its own waits for its name before it becomes a dead letter. Milliseconds. */
const parkedMs = 5_000;

/** What can wait for a name. */
export interface ParkedMessage {
  /** Sends it to the owner of the name. */
  readonly send: (ref: ActorRef) => void;
  /** Called once when there will be none, or not in time. */
  readonly giveUp: () => void;
  /** Whether the sender keeps a deadline itself, and takes the message back then. */
  readonly hasDeadline: boolean;
}

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

/** What the messages of a node that wait have in common. */
interface ParkedMessagesOptions {
  readonly deadlines: Deadlines;
  /** How many wait for all names together. */
  readonly inAll: { count: number };
  /** No message waits for this name any more. */
  readonly onEmpty: () => void;
}

/** The messages of this node that wait for one name, in the order in which they were sent. */
export class ParkedMessages {
  readonly #name: string;
  readonly #options: ParkedMessagesOptions;
  readonly #parked = new Set<Parked>();

  constructor(name: string, options: ParkedMessagesOptions) {
    this.#name = name;
    this.#options = options;
  }

  get size(): number {
    return this.#parked.size;
  }

  /**
   * Keeps a message for the next owner of the name.
   *
   * @returns takes it back.
   * @throws ActorError `overloaded` when {@link parkedMax} wait for the name already, or {@link parkedInAllMax} for all names.
   */
  park({ send, giveUp, hasDeadline }: ParkedMessage): () => void {
    const { deadlines, inAll } = this.#options;
    if (this.#parked.size >= parkedMax || inAll.count >= parkedInAllMax) {
      const [count, what] =
        this.#parked.size >= parkedMax ? [parkedMax, JSON.stringify(this.#name)] : [parkedInAllMax, "names"];
      throw new ActorError("overloaded", `${count} messages wait for ${what}; nothing was sent`);
    }
    const parked = new Parked(send, () => {
      this.#takeOut(parked);
      giveUp();
    });
    this.#parked.add(parked);
    inAll.count += 1;
    if (!hasDeadline) deadlines.add(parked, parkedMs);
    return () => this.#takeOut(parked);
  }

  #takeOut(parked: Parked): void {
    if (!this.#parked.delete(parked)) return;
    this.#options.inAll.count -= 1;
    if (this.#parked.size === 0) this.#options.onEmpty();
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
    this.#options.inAll.count -= drained.length;
    for (const parked of drained) this.#options.deadlines.cancel(parked);
    return drained;
  }
}
