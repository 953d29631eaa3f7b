import { ActorError, type ActorRef, type Deadlines } from "@foundation/actor";
import { Expiring } from "@foundation/actor/spi";
import { contentBytes } from "./content-bytes.ts";

/** Messages that may wait for one name; further ones are refused. */
export const parkedMax = 10_000;
/** Messages that may wait for all names of a node together. */
export const parkedInAllMax = 100_000;
/** What the messages that wait for one name hold on to, and those of a node for all names together. Bytes. */
export const parkedBytesMax: number = 64 * 1024 * 1024;
export const parkedBytesInAllMax: number = 256 * 1024 * 1024;
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
  /** What it holds on to meanwhile. */
  readonly content: unknown;
}

/** A message that waits until its name is taken. */
class Parked extends Expiring {
  readonly send: (ref: ActorRef) => void;
  readonly giveUp: () => void;
  readonly bytes: number;

  constructor(send: (ref: ActorRef) => void, giveUp: () => void, bytes: number) {
    super();
    this.send = send;
    this.giveUp = giveUp;
    this.bytes = bytes;
  }

  override expire(): void {
    this.giveUp();
  }
}

/** What the messages of a node that wait have in common. */
interface ParkedMessagesOptions {
  readonly deadlines: Deadlines;
  /** How many wait for all names together, and what they hold on to. */
  readonly inAll: { count: number; bytes: number };
  /** No message waits for this name any more. */
  readonly onEmpty: () => void;
}

/** The messages of this node that wait for one name, in the order in which they were sent. */
export class ParkedMessages {
  readonly #name: string;
  readonly #options: ParkedMessagesOptions;
  readonly #parked = new Set<Parked>();
  #bytes = 0;

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
   * @throws ActorError `overloaded` when {@link parkedMax} wait for the name already, or {@link parkedInAllMax} for all names; or
   * when they hold {@link parkedBytesMax} or {@link parkedBytesInAllMax}. A message may be larger than that when none waits before it.
   */
  park({ send, giveUp, hasDeadline, content }: ParkedMessage): () => void {
    const { deadlines } = this.#options;
    const bytes = contentBytes(content);
    const full = this.#fullWith(bytes);
    if (full !== undefined) throw new ActorError("overloaded", `${full}; nothing was sent`);
    const given = (): void => {
      this.#takeOut(parked);
      giveUp();
    };
    const parked = new Parked(send, given, bytes);
    this.#parked.add(parked);
    this.#count(1, bytes);
    if (!hasDeadline) deadlines.add(parked, parkedMs);
    return () => this.#takeOut(parked);
  }

  /** Why a message that holds `bytes` cannot wait as well. */
  #fullWith(bytes: number): string | undefined {
    const { inAll } = this.#options;
    const name = JSON.stringify(this.#name);
    if (this.#parked.size >= parkedMax) return `${parkedMax} messages wait for ${name}`;
    if (inAll.count >= parkedInAllMax) return `${parkedInAllMax} messages wait for names`;
    if (this.#bytes > 0 && this.#bytes + bytes > parkedBytesMax)
      return `${this.#bytes} bytes of messages wait for ${name}, and ${bytes} more are above ${parkedBytesMax}`;
    if (inAll.bytes > 0 && inAll.bytes + bytes > parkedBytesInAllMax)
      return `${inAll.bytes} bytes of messages wait for names, and ${bytes} more are above ${parkedBytesInAllMax}`;
    return undefined;
  }

  #count(messages: number, bytes: number): void {
    const { inAll } = this.#options;
    inAll.count += messages;
    inAll.bytes += bytes;
    this.#bytes += bytes;
  }

  #takeOut(parked: Parked): void {
    if (!this.#parked.delete(parked)) return;
    this.#count(-1, -parked.bytes);
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
    this.#count(-drained.length, -this.#bytes);
    for (const parked of drained) this.#options.deadlines.cancel(parked);
    return drained;
  }
}
