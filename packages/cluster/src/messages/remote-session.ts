import {
  ActorError,
  type ActorSystem,
  type CallOptions,
  describeExit,
  type ExitListener,
  type ExitReason,
  FoundationError,
  type ReplyTo,
  showThrown,
} from "@foundation/actor";
import { type ByteReader, type ByteWriter, type Codec, type Link, TransportError } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";

/** Asks and watches that may be open on one link at a time; further ones are refused. */
const openMax = 1 << 20;
/** Messages above this go to the `data` channel when the caller named none. Bytes. */
const controlBytesMax = 64 * 1024;
/** The longest method name. Bytes. */
const methodBytesMax = 255;

/** All actor traffic with one incarnation of a peer: what was asked there, what is watched there, and the reverse. */
export class RemoteSession {
  readonly link: Link;
  readonly #system: ActorSystem;
  readonly #codec: Codec;
  readonly #writer: ByteWriter;
  readonly #requests = new Map<number, ReplyTo>();
  readonly #watching = new Map<number, ExitListener>();
  readonly #watchedHere = new Map<number, () => void>();
  #lastId = 0;

  /** @param writer scratch space, shared by all sessions of a node. */
  constructor(link: Link, system: ActorSystem, codec: Codec, writer: ByteWriter) {
    this.link = link;
    this.#system = system;
    this.#codec = codec;
    this.#writer = writer;
  }

  // ---- out ----

  /** @throws TransportError `overloaded`, `messageTooLarge`, `notSerializable`, `linkClosed`, `unknownChannel`. */
  tell(actorId: number, method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    this.#checkMethod(method);
    const writer = this.#begin(messageKind.tell);
    writer.varint(actorId);
    writer.string(method);
    this.#codec.encode(args, writer);
    this.#send(writer, options?.channel);
  }

  /** @throws TransportError as {@link tell}. */
  send(actorId: number, message: unknown, options: CallOptions | undefined): void {
    const writer = this.#begin(messageKind.send);
    writer.varint(actorId);
    this.#codec.encode(message, writer);
    this.#send(writer, options?.channel);
  }

  /** The receiver would take a longer name for a broken message and end the link. */
  #checkMethod(method: string): void {
    if (Buffer.byteLength(method) <= methodBytesMax) return;
    throw new ActorError("badMessage", `a message name has at most ${methodBytesMax} bytes; this one has more`);
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
      this.#checkMethod(method);
      const writer = this.#begin(messageKind.ask);
      writer.varint(id);
      writer.varint(actorId);
      writer.string(method);
      this.#codec.encode(args, writer);
      this.#send(writer, options?.channel);
    } catch (error) {
      return replyTo.fail(error);
    }
    this.#requests.set(id, replyTo);
    replyTo.onSettled = () => this.#requests.delete(id);
  }

  watch(actorId: number, listener: ExitListener): () => void {
    const id = ++this.#lastId;
    this.#watching.set(id, listener);
    this.#signal(messageKind.watch, (writer) => {
      writer.varint(id);
      writer.varint(actorId);
    });
    return () => {
      if (this.#watching.delete(id)) this.#signal(messageKind.unwatch, (writer) => writer.varint(id));
    };
  }

  /** How many asks wait for an answer from the peer. */
  get openRequests(): number {
    return this.#requests.size;
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
    for (const replyTo of requests) {
      replyTo.fail(
        new ActorError("nodedown", `the link to ${nodeId} broke before it answered; the outcome is unknown`),
      );
    }
    for (const listener of watching) listener("noconnection");
  }

  #begin(kind: number): ByteWriter {
    this.#writer.reset();
    this.#writer.u8(kind);
    return this.#writer;
  }

  #send(writer: ByteWriter, channel: string | undefined): void {
    this.link.send(channel ?? (writer.length > controlBytesMax ? "data" : "control"), writer.bytes());
  }

  /** Small messages between the sessions themselves. A full queue ends the link: a lost signal must not go unnoticed. */
  #signal(kind: number, write: (writer: ByteWriter) => void): void {
    if (!this.link.isOpen) return;
    const writer = this.#begin(kind);
    write(writer);
    try {
      this.#send(writer, "control");
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.link.close(1013, "control queue is full");
    }
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
        return true;
      case messageKind.ask:
        this.#receiveAsk(reader, channel);
        return true;
      case messageKind.send:
        this.#receiveSend(reader);
        return true;
      case messageKind.result:
        this.#takeRequest(reader)?.succeed(this.#codec.decode(reader.rest()));
        return true;
      case messageKind.error:
        this.#takeRequest(reader)?.fail(this.#codec.decode(reader.rest()));
        return true;
      case messageKind.refused:
        this.#receiveRefused(reader);
        return true;
      case messageKind.watch:
        this.#receiveWatch(reader);
        return true;
      case messageKind.unwatch:
        this.#endWatchHere(reader.varint());
        return true;
      case messageKind.down:
        this.#receiveDown(reader);
        return true;
      default:
        return false;
    }
  }

  #receiveTell(reader: ByteReader): void {
    const actorId = reader.varint();
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed(actorId);
    const recipient = `${this.#system.name}/${actorId}`;
    if (cell === undefined) return this.#system.deadLetter({ recipient, method, args });
    try {
      cell.deliver(method, args, undefined);
    } catch (error) {
      this.#refusedHere(error, { recipient, method });
    }
  }

  #receiveSend(reader: ByteReader): void {
    const actorId = reader.varint();
    const message = this.#codec.decode(reader.rest());
    const cell = this.#exposed(actorId);
    const recipient = `${this.#system.name}/${actorId}`;
    if (cell === undefined) return this.#system.deadLetter({ recipient, method: "receive", args: [message] });
    try {
      cell.send(message);
    } catch (error) {
      this.#refusedHere(error, { recipient, method: "receive" });
    }
  }

  #receiveAsk(reader: ByteReader, channel: string): void {
    const reply = new RemoteReply(this, reader.varint(), channel);
    const actorId = reader.varint();
    const method = reader.string(methodBytesMax);
    const args = this.#decodeArguments(reader);
    const cell = this.#exposed(actorId);
    if (cell === undefined) {
      return reply.refuse(new ActorError("noproc", `no actor ${actorId} can be reached on ${this.#system.name}`));
    }
    try {
      cell.deliver(method, args, reply);
    } catch (error) {
      reply.fail(error);
    }
  }

  #receiveRefused(reader: ByteReader): void {
    const replyTo = this.#takeRequest(reader);
    const code = reader.string(64);
    const text = reader.string();
    replyTo?.refuse(new FoundationError(code, text));
  }

  #receiveWatch(reader: ByteReader): void {
    const id = reader.varint();
    const cell = this.#exposed(reader.varint());
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
    const reason = this.#codec.decode(reader.rest());
    const listener = this.#watching.get(id);
    if (!this.#watching.delete(id)) return;
    listener?.(reason instanceof Error ? reason : asExitReason(reason));
  }

  /** The ask that an answer belongs to; an answer to none is late or forged, and dropped. */
  #takeRequest(reader: ByteReader): ReplyTo | undefined {
    const id = reader.varint();
    const replyTo = this.#requests.get(id);
    // Forgotten at once: an ask that was handed back may be on its way to another actor when this link ends.
    this.#requests.delete(id);
    return replyTo;
  }

  #decodeArguments(reader: ByteReader): readonly unknown[] {
    const args = this.#codec.decode(reader.rest());
    if (!Array.isArray(args)) throw new TransportError("malformed", "The arguments of a call are not an array.");
    return args;
  }

  #exposed(actorId: number) {
    const cell = this.#system.cell(actorId);
    return cell?.isExposed ? cell : undefined;
  }

  #refusedHere(error: unknown, context: { recipient: string; method: string }): void {
    const { nodeId } = this.link.peer;
    this.#system.log.warn("message refused", { ...context, from: nodeId, reason: String(error) });
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
      const writer = this.#begin(kind);
      writer.varint(id);
      this.#codec.encode(value, writer);
      this.#send(writer, writer.length > controlBytesMax ? undefined : channel);
    } catch (error) {
      const isUnsendable = error instanceof TransportError && error.code === "notSerializable";
      // A handler may throw anything; its asker gets to know at least what it looked like.
      const substitute = kind === messageKind.error && isUnsendable ? new Error(showThrown(value)) : error;
      this.#signal(messageKind.error, (writer) => {
        writer.varint(id);
        this.#codec.encode(substitute, writer);
      });
    }
  }

  answerRefused(id: number, { code, message }: FoundationError): void {
    this.#signal(messageKind.refused, (writer) => {
      writer.varint(id);
      writer.string(code);
      writer.string(message);
    });
  }

  #sendDown(id: number, reason: ExitReason): void {
    this.#signal(messageKind.down, (writer) => {
      writer.varint(id);
      const start = writer.length;
      try {
        this.#codec.encode(reason, writer);
      } catch {
        this.#codec.encode(new Error(describeExit(reason)), writer);
      }
      if (writer.length - start <= controlBytesMax) return;
      writer.truncate(start);
      this.#codec.encode(new Error("the exit reason is too large to be sent"), writer);
    });
  }
}

/** Sends the outcome of one ask back to the node that asked. */
class RemoteReply implements ReplyTo {
  onSettled: (() => void) | undefined;
  readonly #session: RemoteSession;
  readonly #id: number;
  readonly #channel: string;

  constructor(session: RemoteSession, id: number, channel: string) {
    this.#session = session;
    this.#id = id;
    this.#channel = channel;
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

const knownReasons: ReadonlySet<unknown> = new Set<ExitReason>([
  "normal",
  "shutdown",
  "killed",
  "noproc",
  "noconnection",
  "nodedown",
  "timeout",
  "nameConflict",
  "handoff",
]);

function asExitReason(value: unknown): ExitReason {
  if (knownReasons.has(value)) return value as ExitReason;
  if (typeof value === "object" && value !== null && "shutdown" in value) return { shutdown: value.shutdown };
  return new Error("the peer gave an exit reason that is not known here");
}
