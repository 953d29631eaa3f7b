import { type ActorCell, ActorError } from "@foundation/actor";
import type { ByteReader } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";
import type { SessionWire } from "./session-wire.ts";

/** Bytes that may be sent to the peer until a sender that keeps pace asks again whether there is room. */
const unconfirmedBytesMax = 256 * 1024;
/** Actors of the peer for which it is remembered when that was confirmed; the one that was asked about first is forgotten. */
const actorsMax = 4_096;
/** Questions of the peer that may be open; further ones are answered at once. */
const questionsMax = 1 << 16;

/** What this side knows of the mailbox of an actor of the peer. */
interface Mailbox {
  /** What had been sent to the peer, to all of its actors, when it was asked last. */
  askedAtBytes: number;
  /** The question that is open. */
  question: Promise<void> | undefined;
}

/**
 * Lets senders that await `ready()` go as fast as actors of the other node do: the channel to it empties however slow they are,
 * and all of it would wait in their mailboxes.
 */
export class RemoteMailboxes {
  /** Bytes of the messages that were sent to actors of the peer. */
  sentBytes = 0;
  readonly #wire: SessionWire;
  readonly #find: (actorId: number) => ActorCell | undefined;
  readonly #mailboxes = new Map<number, Mailbox>();
  readonly #open = new Map<number, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  readonly #openHere = new Map<number, () => void>();
  #lastId = 0;

  /** @param find the actor here with this id, when the peer may reach it. */
  constructor(wire: SessionWire, find: (actorId: number) => ActorCell | undefined) {
    this.#wire = wire;
    this.#find = find;
  }

  /**
   * Resolves when the actor's mailbox has room, as far as it has to be asked: every 256 KiB that are sent to its node.
   *
   * @param channel on which messages to it go, so that the question does not overtake them.
   * @throws ActorError `nodedown` when the link ends before.
   */
  room(actorId: number, channel: string): Promise<void> {
    const mailbox = this.#mailboxOf(actorId);
    if (mailbox.question !== undefined) return mailbox.question;
    if (this.sentBytes - mailbox.askedAtBytes < unconfirmedBytesMax) return Promise.resolve();
    mailbox.askedAtBytes = this.sentBytes;
    mailbox.question = this.#ask(actorId, channel).finally(() => {
      mailbox.question = undefined;
    });
    return mailbox.question;
  }

  /** @returns false for other kinds of messages. */
  receive(kind: number, reader: ByteReader, channel: string): boolean {
    switch (kind) {
      case messageKind.roomWanted:
        this.#wanted(reader.varint(), reader.varint(), channel);
        return true;
      case messageKind.room: {
        const id = reader.varint();
        this.#open.get(id)?.resolve();
        this.#open.delete(id);
        return true;
      }
      default:
        return false;
    }
  }

  /** The link is gone. */
  closed(): void {
    for (const cancel of this.#openHere.values()) cancel();
    this.#openHere.clear();
    const open = [...this.#open.values()];
    this.#open.clear();
    const error = new ActorError("nodedown", `the link to ${this.#wire.link.peer.nodeId} broke`);
    for (const { reject } of open) reject(error);
  }

  #mailboxOf(actorId: number): Mailbox {
    let mailbox = this.#mailboxes.get(actorId);
    if (mailbox === undefined) {
      mailbox = { askedAtBytes: this.sentBytes, question: undefined };
      this.#mailboxes.set(actorId, mailbox);
      if (this.#mailboxes.size > actorsMax) this.#mailboxes.delete(this.#mailboxes.keys().next().value as number);
    }
    return mailbox;
  }

  #ask(actorId: number, channel: string): Promise<void> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      const write = (writer: { varint(value: number): void }): void => {
        writer.varint(id);
        writer.varint(actorId);
      };
      this.#wire.signal(messageKind.roomWanted, write, { channel, route: actorId });
    });
  }

  #wanted(id: number, actorId: number, channel: string): void {
    const answer = (): void => {
      this.#openHere.delete(id);
      this.#wire.signal(messageKind.room, (writer) => writer.varint(id), { channel, route: id });
    };
    const cell = this.#find(actorId);
    if (this.#openHere.has(id)) return;
    if (cell === undefined || this.#openHere.size >= questionsMax) return answer();
    this.#openHere.set(id, () => {});
    const cancel = cell.onceUncrowded(answer);
    if (this.#openHere.has(id)) this.#openHere.set(id, cancel);
  }
}
