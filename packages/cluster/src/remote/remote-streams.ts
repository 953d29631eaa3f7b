import { ActorError, type CallOptions, type StreamConsumer, type StreamSubscription } from "@foundation/actor";
import { showThrown, streamWindowMax } from "@foundation/actor/spi";
import { type ByteReader, TransportError } from "@foundation/transport";
import type { ExposedActors } from "./exposed-actors.ts";
import { messageKind } from "./message-kind.ts";
import { NumberTable } from "./number-table.ts";
import { methodBytesMax } from "./one-way-messages.ts";
import { priorityByte, readPriority } from "./priority-byte.ts";
import type { SessionWire } from "./session-wire.ts";

/** Streams that may be open in one direction of a link at a time; further ones are refused. */
const streamsMax = 1 << 16;

/** A stream whose items come from the peer. */
interface Incoming {
  readonly consumer: StreamConsumer;
  /** Items that the peer may still send. */
  allowed: number;
}

/** What a session does with streams, in both directions. */
export class RemoteStreams {
  /** Items and ends of streams that are not open here: late, or forged. */
  droppedAnswers = 0;
  readonly #wire: SessionWire;
  readonly #exposed: ExposedActors;
  readonly #incoming = new NumberTable<Incoming>();
  readonly #outgoing = new Map<number, StreamSubscription>();
  #lastId = 0;

  constructor(wire: SessionWire, exposed: ExposedActors) {
    this.#wire = wire;
    this.#exposed = exposed;
  }

  /** How many streams are open, in both directions. */
  get size(): number {
    return this.#incoming.size + this.#outgoing.size;
  }

  // ---- items that come from the peer ----

  /** Opens a stream of an actor of the peer. @throws TransportError, ActorError `overloaded`: nothing was sent. */
  open(
    actorId: number,
    method: string,
    args: readonly unknown[],
    { options, consumer }: { options: CallOptions | undefined; consumer: StreamConsumer },
  ): StreamSubscription {
    const { nodeId } = this.#wire.link.peer;
    if (this.#incoming.size >= streamsMax) {
      throw new ActorError("overloaded", `${streamsMax} streams of ${nodeId} are open; end some`);
    }
    const id = ++this.#lastId;
    // All of a stream keeps to one connection of one channel: items must not overtake each other, nor credits and its end what opens it.
    const channel = options?.channel ?? this.#wire.streamChannel;
    const writer = this.#wire.begin(messageKind.openStream);
    writer.varint(id);
    writer.varint(actorId);
    writer.u8(priorityByte(options));
    writer.string(method);
    this.#wire.codec.encode(args, writer);
    this.#wire.send(writer, channel, id);
    const way = { channel, route: id };
    const incoming: Incoming = { consumer, allowed: 0 };
    this.#incoming.set(id, incoming);
    return {
      request: (count) => {
        if (this.#incoming.get(id) === undefined) return;
        incoming.allowed += count;
        this.#wire.signal(
          messageKind.streamCredit,
          (writer) => {
            writer.varint(id);
            writer.varint(count);
          },
          way,
        );
      },
      cancel: () => {
        if (!this.#incoming.delete(id)) return;
        this.#wire.signal(messageKind.streamCancel, (writer) => writer.varint(id), way);
      },
    };
  }

  // ---- items that go to the peer ----

  /** The peer opens a stream of an actor here. */
  #opened(reader: ByteReader, channel: string): void {
    const id = reader.varint();
    const actorId = reader.varint();
    const priority = readPriority(reader.u8());
    const method = reader.string(methodBytesMax);
    const args = this.#wire.codec.decodeRest(reader);
    if (!Array.isArray(args)) throw new TransportError("malformed", "The arguments of a stream are not an array.");
    if (this.#outgoing.has(id)) throw new TransportError("malformed", `Stream ${id} was opened twice.`);
    const consumer = new RemoteConsumer(this.#wire, id, channel, () => this.#outgoing.delete(id));
    const cell = this.#exposed.find(actorId, method);
    if (cell === undefined) return consumer.fail(new ActorError("noproc", "no actor with this id can be reached"));
    if (this.#outgoing.size >= streamsMax) {
      return consumer.fail(new ActorError("overloaded", `${streamsMax} streams to this node are open; end some`));
    }
    const subscription = cell.deliverStream(method, args, { priority }, consumer);
    if (!consumer.isOver) this.#outgoing.set(id, subscription);
    // Before any handler has run.
    else this.#exposed.report(consumer.failure, actorId, method);
  }

  // ---- messages of the peer ----

  /** @returns false for other kinds of messages. @throws TransportError `malformed`: the link ends. */
  receive(kind: number, reader: ByteReader, channel: string): boolean {
    switch (kind) {
      case messageKind.openStream:
        this.#opened(reader, channel);
        break;
      case messageKind.streamStarted:
        this.#started(reader.varint());
        break;
      case messageKind.streamItem:
        this.#item(reader.varint(), reader);
        break;
      case messageKind.streamEnd:
        this.#takeIncoming(reader)?.consumer.end();
        break;
      case messageKind.streamError:
        this.#takeIncoming(reader)?.consumer.fail(this.#wire.codec.decodeRest(reader));
        break;
      case messageKind.streamCredit:
        this.#credit(reader.varint(), reader.varint());
        break;
      case messageKind.streamCancel:
        this.#cancelled(reader.varint());
        break;
      default:
        return false;
    }
    return true;
  }

  /** The link is gone. */
  closed(): void {
    const incoming = [...this.#incoming.values()];
    const outgoing = [...this.#outgoing.values()];
    this.#incoming.clear();
    this.#outgoing.clear();
    const { nodeId } = this.#wire.link.peer;
    for (const subscription of outgoing) subscription.cancel();
    for (const { consumer } of incoming) {
      consumer.fail(new ActorError("nodedown", `the link to ${nodeId} broke; the stream ends here`));
    }
  }

  #started(id: number): void {
    const incoming = this.#incoming.get(id);
    if (incoming === undefined) this.droppedAnswers += 1;
    else incoming.consumer.started();
  }

  #item(id: number, reader: ByteReader): void {
    const incoming = this.#incoming.get(id);
    if (incoming === undefined) {
      // What was under way when the reader gave up.
      this.droppedAnswers += 1;
      return;
    }
    if (incoming.allowed-- <= 0) throw new TransportError("malformed", `Stream ${id} sent more than it was allowed.`);
    incoming.consumer.item(this.#wire.codec.decodeRest(reader));
  }

  #credit(id: number, count: number): void {
    const outgoing = this.#outgoing.get(id);
    if (outgoing === undefined) return;
    if (count > streamWindowMax) throw new TransportError("malformed", `Stream ${id} allows ${count} items at once.`);
    outgoing.request(count);
  }

  #cancelled(id: number): void {
    const outgoing = this.#outgoing.get(id);
    this.#outgoing.delete(id);
    outgoing?.cancel();
  }

  #takeIncoming(reader: ByteReader): Incoming | undefined {
    const id = reader.varint();
    const incoming = this.#incoming.get(id);
    if (!this.#incoming.delete(id)) this.droppedAnswers += 1;
    return incoming;
  }
}

/** Sends a stream's items to the node of its reader. */
class RemoteConsumer implements StreamConsumer {
  readonly #wire: SessionWire;
  readonly #id: number;
  readonly #way: { readonly channel: string; readonly route: number };
  readonly #over: () => void;
  isOver = false;
  /** What it ended with, if it failed. */
  failure: unknown;

  constructor(wire: SessionWire, id: number, channel: string, over: () => void) {
    this.#wire = wire;
    this.#id = id;
    this.#way = { channel, route: id };
    this.#over = over;
  }

  started(): void {
    this.#wire.signal(messageKind.streamStarted, (writer) => writer.varint(this.#id), this.#way);
  }

  /** @throws TransportError `notSerializable`, `overloaded`, `messageTooLarge`, `linkClosed`. */
  item(value: unknown): void {
    const writer = this.#wire.begin(messageKind.streamItem);
    writer.varint(this.#id);
    this.#wire.codec.encode(value, writer);
    this.#wire.send(writer, this.#way.channel, this.#id);
  }

  end(): void {
    this.#finish();
    this.#wire.signal(messageKind.streamEnd, (writer) => writer.varint(this.#id), this.#way);
  }

  fail(error: unknown): void {
    this.failure = error;
    this.#finish();
    this.#wire.signal(
      messageKind.streamError,
      (writer) => {
        writer.varint(this.#id);
        const start = writer.length;
        try {
          this.#wire.codec.encode(error, writer);
        } catch {
          // A handler may throw anything; its reader gets to know at least what it looked like.
          writer.truncate(start);
          this.#wire.codec.encode(new Error(showThrown(error)), writer);
        }
      },
      this.#way,
    );
  }

  #finish(): void {
    this.isOver = true;
    this.#over();
  }
}
