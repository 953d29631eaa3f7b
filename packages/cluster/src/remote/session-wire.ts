import { describeExit, type ExitReason } from "@foundation/actor";
import { isError, isNamedReason } from "@foundation/actor/spi";
import { type ByteReader, type ByteWriter, type Codec, type Link, TransportError } from "@foundation/transport";

/** Messages above this go to the `data` channel, if there is one, when the caller named none. Bytes. */
export const controlBytesMax: number = 64 * 1024;

/** Asks, and watches, that may be open on one link at a time; further ones are refused. */
export const openMax: number = 1 << 20;

/** The channel and the route within it of messages that must not overtake each other. */
interface Way {
  readonly channel: string;
  readonly route: number;
}

/** How the parts of a session write to the peer. */
export class SessionWire {
  readonly link: Link;
  readonly codec: Codec;
  readonly #writer: ByteWriter;

  /** @param writer scratch space, shared by all sessions of a node. */
  constructor(link: Link, codec: Codec, writer: ByteWriter) {
    this.link = link;
    this.codec = codec;
    this.#writer = writer;
  }

  /** Where messages are written; whatever is in it was sent. */
  get scratch(): ByteWriter {
    return this.#writer;
  }

  /** Starts a message of this kind. */
  begin(kind: number): ByteWriter {
    this.#writer.reset();
    this.#writer.u8(kind);
    return this.#writer;
  }

  /**
   * Sends what was written.
   *
   * @param route what it belongs to: an actor, an ask, a stream. On one channel it keeps its order within that.
   * @throws TransportError `overloaded`, `messageTooLarge`, `linkClosed`, `unknownChannel`.
   */
  send(writer: ByteWriter, channel: string | undefined, route: number): void {
    const name = channel ?? this.#channelBySize(writer.length);
    this.link.send(name, writer, this.#isRouted(name) ? { route } : undefined);
  }

  /** Sends likewise what must not be refused because messages have filled the queue. */
  #sendReserved(writer: ByteWriter, channel: string, route: number): void {
    this.link.send(channel, writer, this.#isRouted(channel) ? { route, isReserved: true } : reserved);
  }

  /** Sends a message to an actor that wants no answer: on a monotonic channel a later one of the same method may replace it. */
  sendReplaceable(writer: ByteWriter, channel: string | undefined, to: { actorId: number; method: string }): void {
    const name = channel ?? this.#channelBySize(writer.length);
    const isMonotonic = channel !== undefined && this.link.channel(name)?.kind === "monotonic";
    if (!isMonotonic) return this.send(writer, name, to.actorId);
    this.link.send(name, writer, { route: to.actorId, replaces: `${to.actorId} ${to.method}` });
  }

  /** The channel of streams whose opener named none: a channel of their own must not wait for single messages. */
  get streamChannel(): string {
    return this.#largeChannel;
  }

  /** Where messages go whose sender named no channel. */
  get channelsBySize(): readonly string[] {
    return ["control", this.#largeChannel];
  }

  #channelBySize(length: number): string {
    return length > controlBytesMax ? this.#largeChannel : "control";
  }

  /** Users' own channels need not include `data`. */
  get #largeChannel(): string {
    return this.link.channel("data") === undefined ? "control" : "data";
  }

  #isRouted(name: string): boolean {
    return (this.link.channel(name)?.connections ?? 1) > 1;
  }

  /**
   * Sends a small message between the sessions themselves, on `control` or where the messages of a stream go. It has room of its
   * own; when that is full, the link ends: a lost signal must not go unnoticed.
   */
  signal(kind: number, write: (writer: ByteWriter) => void, { channel, route }: Way = onControl): void {
    if (!this.link.isOpen) return;
    const writer = this.begin(kind);
    write(writer);
    try {
      this.#sendReserved(writer, channel, route);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.link.close(1013, `${channel} queue is full`);
    }
  }

  /** Writes an exit reason; one that cannot travel as its description. */
  writeReason(reason: ExitReason | "kill", writer: ByteWriter): void {
    const start = writer.length;
    try {
      this.codec.encode(reason, writer);
    } catch {
      writer.truncate(start);
      this.codec.encode(new Error(reason === "kill" ? reason : describeExit(reason)), writer);
    }
    if (writer.length - start <= controlBytesMax) return;
    writer.truncate(start);
    this.codec.encode(new Error("the exit reason is too large to be sent"), writer);
  }

  /** Reads an exit reason. */
  readReason(reader: ByteReader): ExitReason {
    return this.asReason(this.codec.decodeRest(reader));
  }

  /** What a peer sent as an exit reason; one that is not known here becomes an error that says so. */
  asReason(reason: unknown): ExitReason {
    if (isError(reason)) return reason;
    if (isNamedReason(reason)) return reason;
    if (typeof reason === "object" && reason !== null && "shutdown" in reason) return { shutdown: reason.shutdown };
    return new Error("the peer gave an exit reason that is not known here");
  }
}

const reserved = { isReserved: true } as const;

const onControl: Way = { channel: "control", route: 0 };
