import {
  type ActorCell,
  type ActorChannels,
  ActorError,
  type ActorRef,
  type ActorSystem,
  type CallOptions,
  type DeadLetter,
  type ExitListener,
  type ExitReason,
  FoundationError,
  OverloadedError,
  type Priority,
  type ReplyTo,
  showThrown,
  withoutStack,
} from "@foundation/actor";
import { type ByteReader, type Codec, type Link, type MessageRefusal, TransportError } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";
import { checkMethod, methodBytesMax, writeSend, writeTell } from "./one-way-messages.ts";
import { priorityByte, readPriority } from "./priority-byte.ts";
import { RemoteLinks } from "./remote-links.ts";
import { RemoteMailboxes } from "./remote-mailboxes.ts";
import { RemoteStreams } from "./remote-streams.ts";
import { controlBytesMax, type SessionWire } from "./session-wire.ts";

/** Asks and watches that may be open on one link at a time; further ones are refused. */
const openMax = 1 << 20;

/** What a {@link RemoteSession} shares with the others of its node. */
export interface RemoteSessionOptions {
  /** The ref of an actor of the peer. */
  readonly refOf: (actorId: number) => ActorRef;
  /** Told of each message of the peer that was not handled. */
  readonly onRefused: (refusal: MessageRefusal) => void;
}

/** All actor traffic with one incarnation of a peer: what was asked there, what is watched there, and the reverse. */
export class RemoteSession {
  readonly link: Link;
  readonly streams: RemoteStreams;
  readonly links: RemoteLinks;
  readonly #mailboxes: RemoteMailboxes;
  readonly #wire: SessionWire;
  readonly #system: ActorSystem;
  readonly #codec: Codec;
  readonly #onRefused: (refusal: MessageRefusal) => void;
  readonly #requests = new Map<number, ReplyTo>();
  readonly #watching = new Map<number, ExitListener>();
  readonly #watchedHere = new Map<number, () => void>();
  #lastId = 0;
  #droppedAnswers = 0;

  constructor(wire: SessionWire, system: ActorSystem, { refOf, onRefused }: RemoteSessionOptions) {
    this.#onRefused = onRefused;
    this.link = wire.link;
    this.#wire = wire;
    this.#system = system;
    this.#codec = wire.codec;
    this.streams = new RemoteStreams(wire, {
      find: (actorId, method) => this.#exposed(actorId, method),
      onRefused: (error, letter) => this.#report(error, this.#labelOf(letter.actorId), letter.method),
    });
    this.#mailboxes = new RemoteMailboxes(wire, (actorId) => this.#exposed(actorId, "ready"));
    this.links = new RemoteLinks(wire, (actorId) => this.#exposed(actorId, "exit signal"), refOf);
  }

  // ---- out ----

  /** @throws TransportError `overloaded`, `messageTooLarge`, `notSerializable`, `linkClosed`, `unknownChannel`. */
  tell(actorId: number, method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    const writer = this.#wire.scratch;
    writeTell(writer, this.#codec, { actorId, method, args, options });
    this.#wire.sendReplaceable(writer, options?.channel, { actorId, method });
    this.#mailboxes.sentBytes += writer.length;
  }

  /** @throws TransportError as {@link tell}. */
  send(actorId: number, message: unknown, options: CallOptions | undefined): void {
    const writer = this.#wire.scratch;
    writeSend(writer, this.#codec, { actorId, message, options });
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
        throw new ActorError("overloaded", `${openMax} asks to ${this.link.peer.nodeId} are unanswered; wait for some`);
      }
      checkMethod(method);
      const writer = this.#wire.begin(messageKind.ask);
      writer.varint(id);
      writer.varint(actorId);
      writer.u8(priorityByte(options));
      writer.varint(waitMs(replyTo));
      writer.string(method);
      this.#codec.encode(args, writer);
      this.#wire.send(writer, options?.channel, actorId);
      this.#mailboxes.sentBytes += writer.length;
    } catch (error) {
      return replyTo.fail(error);
    }
    this.#requests.set(id, replyTo);
    replyTo.onSettled = () => this.#requests.delete(id);
  }

  watch(actorId: number, listener: ExitListener): () => void {
    const id = ++this.#lastId;
    this.#watching.set(id, listener);
    this.#wire.signal(messageKind.watch, (writer) => {
      writer.varint(id);
      writer.varint(actorId);
    });
    return () => {
      if (this.#watching.delete(id)) this.#wire.signal(messageKind.unwatch, (writer) => writer.varint(id));
    };
  }

  /**
   * Resolves when the channel, or all those that a message without one may take, have room, and so has the actor's mailbox.
   *
   * @param named by the class.
   */
  async room(actorId: number, channel: string | undefined, named: ActorChannels = {}): Promise<void> {
    const ofMost = named.channel === undefined ? this.#wire.channelsBySize : [named.channel];
    const channels = channel === undefined ? new Set([...ofMost, ...Object.values(named.channels ?? {})]) : [channel];
    await Promise.all(Array.from(channels, (each) => this.link.room(each)));
    // The first of them is that of small messages, which are most.
    await this.#mailboxes.room(actorId, channel ?? named.channel ?? "control");
  }

  /** How many asks wait for an answer from the peer. */
  get openRequests(): number {
    return this.#requests.size;
  }

  /** How many actors of the peer are watched from here. */
  get openWatches(): number {
    return this.#watching.size;
  }

  /** How many watches of actors of this node the peer holds. */
  get watchedHere(): number {
    return this.#watchedHere.size;
  }

  /** Answers of the peer that belong to nothing that is open here. */
  get droppedAnswers(): number {
    return this.#droppedAnswers + this.streams.droppedAnswers;
  }

  /** The link is gone: asks end with `nodedown`, watches with `noconnection`. */
  closed(): void {
    const { nodeId } = this.link.peer;
    const requests = [...this.#requests.values()];
    const watching = [...this.#watching.values()];
    this.#requests.clear();
    this.#watching.clear();
    for (const cancel of this.#watchedHere.values()) cancel();
    this.#watchedHere.clear();
    const text = `the link to ${nodeId} broke before it answered; the outcome is unknown`;
    for (const replyTo of requests) replyTo.fail(withoutStack(() => new ActorError("nodedown", text)));
    for (const listener of watching) listener("noconnection");
    this.#mailboxes.closed();
    this.streams.closed();
    this.links.closed();
  }

  // ---- in ----

  /**
   * Handles one message of the peer.
   *
   * @returns false for kinds that are not actor traffic.
   * @throws TransportError `malformed`: the link ends.
   */
  receive(kind: number, reader: ByteReader, channel: string): boolean {
    switch (kind) {
      case messageKind.tell:
        this.#receiveTell(reader);
        break;
      case messageKind.ask:
        this.#receiveAsk(reader, channel);
        break;
      case messageKind.send:
        this.#receiveSend(reader);
        break;
      case messageKind.result:
        this.#takeRequest(reader)?.succeed(this.#codec.decodeRest(reader));
        break;
      case messageKind.error:
        this.#takeRequest(reader)?.fail(this.#codec.decodeRest(reader));
        break;
      case messageKind.refused:
        this.#receiveRefused(reader);
        break;
      case messageKind.watch:
        this.#receiveWatch(reader);
        break;
      case messageKind.unwatch:
        this.#endWatchHere(reader.varint());
        break;
      case messageKind.down:
        this.#receiveDown(reader);
        break;
      default:
        return (
          this.links.receive(kind, reader) ||
          this.streams.receive(kind, reader, channel) ||
          this.#mailboxes.receive(kind, reader, channel)
        );
    }
    return true;
  }

  #receiveTell(reader: ByteReader): void {
    const bytes = reader.remaining;
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed(actorId, method);
    if (cell === undefined) {
      return this.#system.deadLetter({ recipient: this.#labelOf(actorId), method, args, ...this.#unreached });
    }
    try {
      cell.deliver(method, args, undefined, callOf(priority), bytes);
    } catch (error) {
      this.#refusedHere(error, { recipient: this.#labelOf(actorId), method, args });
    }
  }

  #receiveSend(reader: ByteReader): void {
    const bytes = reader.remaining;
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const message = this.#codec.decodeRest(reader);
    const method = "receive";
    const cell = this.#exposed(actorId, method);
    if (cell === undefined) {
      return this.#system.deadLetter({
        recipient: this.#labelOf(actorId),
        method,
        args: [message],
        ...this.#unreached,
      });
    }
    try {
      cell.deliverPlain(message, callOf(priority), bytes);
    } catch (error) {
      this.#refusedHere(error, { recipient: this.#labelOf(actorId), method, args: [message] });
    }
  }

  get #unreached(): Pick<DeadLetter, "reason" | "sender"> {
    return { reason: "noproc", sender: `node ${this.link.peer.nodeId}` };
  }

  #labelOf(actorId: number): string {
    return `${this.#system.name}/${actorId}`;
  }

  #receiveAsk(reader: ByteReader, channel: string): void {
    const bytes = reader.remaining;
    const id = reader.varint();
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const reply = new RemoteReply(this, id, { channel, expiresAt: this.#expiresAt(reader.varint()) });
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed(actorId, method);
    if (cell === undefined) {
      return reply.refuse(new ActorError("noproc", `no actor ${actorId} can be reached on ${this.#system.name}`));
    }
    try {
      cell.deliver(method, args, reply, callOf(priority), bytes);
    } catch (error) {
      this.#report(error, this.#labelOf(actorId), method);
      if (error instanceof OverloadedError) reply.refuse(error);
      else reply.fail(error);
    }
  }

  #expiresAt(waitsMs: number): number {
    return waitsMs === 0 ? Number.POSITIVE_INFINITY : this.#system.runtime.now() + waitsMs;
  }

  /** Milliseconds until then. */
  timeLeftMs(expiresAt: number): number {
    return Math.max(0, expiresAt - this.#system.runtime.now());
  }

  #receiveRefused(reader: ByteReader): void {
    const replyTo = this.#takeRequest(reader);
    const code = reader.string(64);
    const text = reader.string();
    replyTo?.refuse(new FoundationError(code, text));
  }

  #receiveWatch(reader: ByteReader): void {
    const id = reader.varint();
    const cell = this.#exposed(reader.varint(), "watch");
    if (cell === undefined || this.#watchedHere.size >= openMax) return this.#sendDown(id, "noproc");
    if (this.#watchedHere.has(id)) return;
    const cancel = cell.watch((reason) => {
      this.#watchedHere.delete(id);
      this.#sendDown(id, reason);
    });
    this.#watchedHere.set(id, cancel);
  }

  #endWatchHere(id: number): void {
    this.#watchedHere.get(id)?.();
    this.#watchedHere.delete(id);
  }

  #receiveDown(reader: ByteReader): void {
    const id = reader.varint();
    const reason = this.#wire.readReason(reader);
    const listener = this.#watching.get(id);
    if (this.#watching.delete(id)) listener?.(reason);
    else this.#droppedAnswers += 1;
  }

  /** The ask that an answer belongs to; an answer to none is late or forged, and dropped. */
  #takeRequest(reader: ByteReader): ReplyTo | undefined {
    const id = reader.varint();
    const replyTo = this.#requests.get(id);
    // Forgotten at once: an ask that was handed back may be on its way to another actor when this link ends.
    if (!this.#requests.delete(id)) this.#droppedAnswers += 1;
    return replyTo;
  }

  #decodeArguments(reader: ByteReader): readonly unknown[] {
    const args = this.#codec.decodeRest(reader);
    if (!Array.isArray(args)) throw new TransportError("malformed", "The arguments of a call are not an array.");
    return args;
  }

  /** The actor that the peer may reach under this number. One that it was never given looks to it like one that is gone. */
  #exposed(actorId: number, method: string): ActorCell | undefined {
    const cell = this.#system.cell(actorId);
    if (cell === undefined || cell.isExposed) return cell;
    const recipient = this.#labelOf(actorId);
    this.#onRefused({ recipient, method, code: "notExposed", reason: "this actor was never given to other nodes" });
    return undefined;
  }

  /** Nobody waits for an answer, so the message becomes a dead letter here. */
  #refusedHere(error: unknown, letter: Omit<DeadLetter, "reason" | "sender">): void {
    this.#report(error, letter.recipient, letter.method);
    const reason = error instanceof OverloadedError ? "overloaded" : "badMessage";
    this.#system.deadLetter({ ...letter, ...this.#unreached, reason });
  }

  #report(error: unknown, recipient: string, method: string): void {
    const code = error instanceof OverloadedError ? "overloaded" : "badMessage";
    this.#onRefused({ recipient, method, code, reason: showThrown(error) });
  }

  // ---- answers to the peer ----

  /** Answers an ask of the peer. What cannot be sent becomes an error, so that the asker never waits in vain. */
  answer(
    kind: typeof messageKind.result | typeof messageKind.error,
    id: number,
    value: unknown,
    channel: string,
  ): void {
    if (!this.link.isOpen) return;
    try {
      const writer = this.#wire.begin(kind);
      writer.varint(id);
      this.#codec.encode(value, writer);
      this.#wire.send(writer, writer.length > controlBytesMax ? undefined : channel, id);
    } catch (error) {
      const isUnsendable = error instanceof TransportError && error.code === "notSerializable";
      // A handler may throw anything; its asker gets to know at least what it looked like.
      const substitute = kind === messageKind.error && isUnsendable ? new Error(showThrown(value)) : error;
      this.#wire.signal(messageKind.error, (writer) => {
        writer.varint(id);
        this.#codec.encode(substitute, writer);
      });
    }
  }

  answerRefused(id: number, { code, message }: FoundationError): void {
    this.#wire.signal(messageKind.refused, (writer) => {
      writer.varint(id);
      writer.string(code);
      writer.string(message);
    });
  }

  #sendDown(id: number, reason: ExitReason): void {
    this.#wire.signal(messageKind.down, (writer) => {
      writer.varint(id);
      this.#wire.writeReason(reason, writer);
    });
  }
}

/** Sends the outcome of one ask back to the node that asked. */
class RemoteReply implements ReplyTo {
  readonly isAborted: boolean = false;
  onSettled: (() => void) | undefined;
  readonly #session: RemoteSession;
  readonly #id: number;
  readonly #channel: string;
  readonly #expiresAt: number;

  constructor(session: RemoteSession, id: number, { channel, expiresAt }: { channel: string; expiresAt: number }) {
    this.#session = session;
    this.#id = id;
    this.#channel = channel;
    this.#expiresAt = expiresAt;
  }

  timeLeftMs(): number {
    return this.#session.timeLeftMs(this.#expiresAt);
  }

  succeed(value: unknown): void {
    this.#session.answer(messageKind.result, this.#id, value, this.#channel);
    this.onSettled?.();
  }

  fail(error: unknown): void {
    this.#session.answer(messageKind.error, this.#id, error, this.#channel);
    this.onSettled?.();
  }

  refuse(error: FoundationError): void {
    this.#session.answerRefused(this.#id, error);
    this.onSettled?.();
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
