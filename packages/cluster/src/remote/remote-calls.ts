import {
  ActorError,
  type CallOptions,
  FoundationError,
  OverloadedError,
  type Priority,
  type ReplyTo,
  type Runtime,
} from "@foundation/actor";
import { withoutStack } from "@foundation/actor/spi";
import { type ByteReader, TransportError } from "@foundation/transport";
import type { ExposedActors } from "./exposed-actors.ts";
import { messageKind } from "./message-kind.ts";
import { NumberTable } from "./number-table.ts";
import { checkMethod, methodBytesMax, writeSend, writeTell } from "./one-way-messages.ts";
import { priorityByte, readPriority } from "./priority-byte.ts";
import { RemoteAnswers } from "./remote-answers.ts";
import type { RemoteMailboxes } from "./remote-mailboxes.ts";
import { openMax, type SessionWire } from "./session-wire.ts";

/** What {@link RemoteCalls} work with. */
interface RemoteCallsOptions {
  readonly runtime: Pick<Runtime, "now">;
  readonly exposed: ExposedActors;
  /** Know how many bytes were sent to actors of the peer. */
  readonly mailboxes: RemoteMailboxes;
}

/** Tells, asks and plain messages between the actors of two nodes. */
export class RemoteCalls {
  /** Answers of the peer that belong to no open ask: late, or forged. */
  droppedAnswers = 0;
  readonly #wire: SessionWire;
  readonly #exposed: ExposedActors;
  readonly #answers: RemoteAnswers;
  readonly #mailboxes: RemoteMailboxes;
  readonly #requests = new NumberTable<ReplyTo>();
  #lastId = 0;

  constructor(wire: SessionWire, { runtime, exposed, mailboxes }: RemoteCallsOptions) {
    this.#wire = wire;
    this.#exposed = exposed;
    this.#answers = new RemoteAnswers(wire, runtime);
    this.#mailboxes = mailboxes;
  }

  /** How many asks wait for an answer of the peer. */
  get open(): number {
    return this.#requests.size;
  }

  // ---- out ----

  /** @throws TransportError `overloaded`, `messageTooLarge`, `notSerializable`, `linkClosed`, `unknownChannel`. */
  tell(actorId: number, method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    const writer = this.#wire.scratch;
    writeTell(writer, this.#wire.codec, { actorId, method, args, options });
    this.#wire.sendReplaceable(writer, options?.channel, { actorId, method });
    this.#mailboxes.sentBytes += writer.length;
  }

  /** @throws TransportError as {@link tell}. */
  send(actorId: number, message: unknown, options: CallOptions | undefined): void {
    const writer = this.#wire.scratch;
    writeSend(writer, this.#wire.codec, { actorId, message, options });
    this.#wire.sendReplaceable(writer, options?.channel, { actorId, method: "receive" });
    this.#mailboxes.sentBytes += writer.length;
  }

  request(
    actorId: number,
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    replyTo: ReplyTo,
  ): void {
    const id = ++this.#lastId;
    try {
      if (this.#requests.size >= openMax) {
        const { nodeId } = this.#wire.link.peer;
        throw new ActorError("overloaded", `${openMax} asks to ${nodeId} are unanswered; wait for some`);
      }
      checkMethod(method);
      const writer = this.#wire.begin(messageKind.ask);
      writer.varint(id);
      writer.varint(actorId);
      writer.u8(priorityByte(options));
      writer.varint(waitMs(replyTo));
      writer.string(method);
      this.#wire.codec.encode(args, writer);
      this.#wire.send(writer, options?.channel, actorId);
      this.#mailboxes.sentBytes += writer.length;
    } catch (error) {
      return replyTo.fail(error);
    }
    this.#requests.set(id, replyTo);
    replyTo.onSettled = () => this.#requests.delete(id);
  }

  /** The link is gone. */
  closed(): void {
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    const text = `the link to ${this.#wire.link.peer.nodeId} broke before it answered; the outcome is unknown`;
    for (const replyTo of requests) replyTo.fail(withoutStack(() => new ActorError("nodedown", text)));
  }

  // ---- in ----

  /** @returns false for other kinds of messages. @throws TransportError `malformed`: the link ends. */
  receive(kind: number, reader: ByteReader, channel: string): boolean {
    switch (kind) {
      case messageKind.tell:
        this.#receiveTell(reader);
        return true;
      case messageKind.ask:
        this.#receiveAsk(reader, channel);
        return true;
      case messageKind.send:
        this.#receiveSend(reader);
        return true;
      case messageKind.result:
        this.#take(reader)?.succeed(this.#wire.codec.decodeRest(reader));
        return true;
      case messageKind.error:
        this.#take(reader)?.fail(this.#wire.codec.decodeRest(reader));
        return true;
      case messageKind.refused:
        this.#handedBack(reader);
        return true;
      default:
        return false;
    }
  }

  #receiveTell(reader: ByteReader): void {
    const bytes = reader.remaining;
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed.find(actorId, method);
    if (cell === undefined) return this.#exposed.lost(actorId, method, args);
    try {
      cell.deliver(method, args, undefined, callOf(priority), bytes);
    } catch (error) {
      this.#exposed.refused(error, actorId, { method, args });
    }
  }

  #receiveSend(reader: ByteReader): void {
    const bytes = reader.remaining;
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const message = this.#wire.codec.decodeRest(reader);
    const method = "receive";
    const cell = this.#exposed.find(actorId, method);
    if (cell === undefined) return this.#exposed.lost(actorId, method, [message]);
    try {
      cell.deliverPlain(message, callOf(priority), bytes);
    } catch (error) {
      this.#exposed.refused(error, actorId, { method, args: [message] });
    }
  }

  #receiveAsk(reader: ByteReader, channel: string): void {
    const bytes = reader.remaining;
    const id = reader.varint();
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const reply = this.#answers.replyTo(id, channel, reader.varint());
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed.find(actorId, method);
    if (cell === undefined) return reply.refuse(new ActorError("noproc", this.#exposed.unreached(actorId)));
    try {
      cell.deliver(method, args, reply, callOf(priority), bytes);
    } catch (error) {
      this.#exposed.report(error, actorId, method);
      if (error instanceof OverloadedError) reply.refuse(error);
      else reply.fail(error);
    }
  }

  #handedBack(reader: ByteReader): void {
    const replyTo = this.#take(reader);
    const code = reader.string(64);
    const text = reader.string();
    replyTo?.refuse(new FoundationError(code, text));
  }

  /** The ask that an answer belongs to; an answer to none is late or forged, and dropped. */
  #take(reader: ByteReader): ReplyTo | undefined {
    const id = reader.varint();
    const replyTo = this.#requests.get(id);
    // Forgotten at once: an ask that was handed back may be on its way to another actor when this link ends.
    if (!this.#requests.delete(id)) this.droppedAnswers += 1;
    return replyTo;
  }

  #decodeArguments(reader: ByteReader): readonly unknown[] {
    const args = this.#wire.codec.decodeRest(reader);
    if (!Array.isArray(args)) throw new TransportError("malformed", "The arguments of a call are not an array.");
    return args;
  }
}

const calls: Readonly<Record<Priority, CallOptions>> = {
  normal: { priority: "normal" },
  high: { priority: "high" },
  low: { priority: "low" },
};

/** The options of a call that came with this priority; one object for all of them. */
function callOf(priority: Priority): CallOptions {
  return calls[priority];
}

/** What an ask says of its asker's patience: whole milliseconds, at least 1; 0 when it is not known. */
function waitMs(replyTo: ReplyTo): number {
  const leftMs = replyTo.timeLeftMs();
  return leftMs === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(leftMs));
}
