import { types } from "node:util";
import { shown } from "@foundation/actor/spi";
import type { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import { refuseOption } from "../refuse-option.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { InboundLane } from "./inbound-lane.ts";
import type { ChannelStats, SendOptions } from "./link.ts";
import { asBytes, type LaneEnvironment, OutboundLane } from "./outbound-lane.ts";
import type { ReliableStream } from "./reliable-stream.ts";

/** One connection of a channel. */
export interface Lane {
  readonly outbound: OutboundLane;
  readonly inbound: InboundLane;
  readonly watch: ConnectionWatch;
  /** Large frames received and not credited yet. */
  owedCredits: number;
  /** What is owed will be paid in the next turn. */
  isCreditDue: boolean;
  /** Large frames that the peer may have under way to this side. */
  readonly creditChunks: number;
  /** What a reliable channel remembers beyond this link; undefined on others. */
  readonly reliable: ReliableStream | undefined;
  /** The peer has said how many messages it has had, so the others may go. */
  isResumed: boolean;
  /** Messages have arrived that are to be acknowledged at the end of this turn. */
  isAcknowledgementDue: boolean;
}

/** What a channel gets from its link. */
interface ChannelEnvironment extends LaneEnvironment {
  /** Takes one message; `false` when no more are wanted. */
  readonly deliver: (message: ByteReader) => boolean;
  /** What is remembered of one connection of a reliable channel. */
  readonly streamOf: (connectionIndex: number) => ReliableStream | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Senders that may wait for room in one channel; further ones are refused. */
const waitersMax = 10_000;

/** One channel of a link: its connections, and the limits that they share. */
export class LinkChannel {
  readonly options: AgreedChannel;
  readonly lanes: readonly [Lane, ...Lane[]];
  /** Its connections are there or on their way. */
  isRequested = false;
  #refused = 0;
  #dropped = 0;
  #waiters: Waiter[] = [];

  constructor(options: AgreedChannel, environment: ChannelEnvironment) {
    this.options = options;
    const lane = (index: number): Lane => createLane(options, environment, index);
    this.lanes = [lane(0), ...Array.from({ length: options.connections - 1 }, (_, index) => lane(index + 1))];
  }

  /** Bytes that were accepted and not handed to the connections yet; of a reliable channel, those not acknowledged. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const { outbound, reliable } of this.lanes) bytes += reliable?.keptBytes ?? outbound.queuedBytes;
    return bytes;
  }

  /** Whether something waits that was accepted before this link began. */
  get hasUnsent(): boolean {
    return this.lanes.some(({ reliable }) => reliable !== undefined && reliable.keptBytes > 0);
  }

  /**
   * Appends a message; its bytes are copied.
   *
   * @returns whether a whole frame is waiting.
   * @throws {TransportError} `messageTooLarge` or `overloaded`; nothing was appended then.
   */
  push(message: Uint8Array | ByteWriter, options: SendOptions | undefined): boolean {
    if (!isWriter(message) && !types.isUint8Array(message)) {
      throw refuseOption(`send(): the message is ${shown(message)}; allowed: a Uint8Array, a ByteWriter`);
    }
    const { length } = message;
    const { name, messageBytesMax, queueBytesMax, kind } = this.options;
    if (length > messageBytesMax) {
      throw new TransportError(
        "messageTooLarge",
        `A message of ${length} bytes is above the ${messageBytesMax} bytes of channel "${name}"; split it, or raise messageBytesMax.`,
      );
    }
    const lane = this.lanes[laneIndex(options?.route, this.lanes.length)] ?? this.lanes[0];
    const { outbound, reliable } = lane;
    const queuedBytes = this.queuedBytes;
    const limit = options?.isReserved ? 2 * queueBytesMax : queueBytesMax;
    if (queuedBytes > 0 && queuedBytes + length > limit) this.#makeRoom(outbound, length, limit);
    if (reliable !== undefined) {
      reliable.keep(Buffer.copyBytesFrom(asBytes(message)));
      return sendUnsent(lane);
    }
    const replaces = options?.replaces;
    if (kind === "plain" || replaces === undefined) return outbound.push(message);
    if (outbound.replace(replaces, message)) this.#dropped += 1;
    return false;
  }

  /** Resolves when at most half of the queue is taken. @throws {TransportError} `linkClosed`; `overloaded` when too many wait already. */
  room(): Promise<void> {
    if (this.queuedBytes * 2 <= this.options.queueBytesMax) return Promise.resolve();
    if (this.#waiters.length >= waitersMax) {
      return Promise.reject(
        new TransportError("overloaded", `${waitersMax} senders wait for room in "${this.options.name}" already.`),
      );
    }
    return new Promise((resolve, reject) => void this.#waiters.push({ resolve, reject }));
  }

  /** Bytes have left: tells those who wait when there is room. */
  drained(): void {
    if (this.#waiters.length === 0 || this.queuedBytes * 2 > this.options.queueBytesMax) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve } of waiters) resolve();
  }

  /** The link is down. */
  closed(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  /**
   * Whether something has waited for longer than `stallMsMax` without anything leaving.
   *
   * @param stalledMs milliseconds in which this process stood still itself: nobody else's fault.
   */
  isStalled(now: number, stalledMs: number): boolean {
    for (const { outbound } of this.lanes) {
      outbound.progressAt += stalledMs;
      if (outbound.queuedBytes > 0 && now - outbound.progressAt > this.options.stallMsMax) return true;
    }
    return false;
  }

  stats(): ChannelStats {
    const stats = { messagesOut: 0, bytesOut: 0, messagesIn: 0, bytesIn: 0 };
    let roundTripMs: number | undefined;
    let dropped = this.#dropped;
    for (const { outbound, inbound, reliable, watch } of this.lanes) {
      dropped += reliable?.dropped ?? 0;
      stats.messagesOut += outbound.messages;
      stats.bytesOut += outbound.bytes;
      stats.messagesIn += inbound.messages;
      stats.bytesIn += inbound.bytes;
      const laneMs = outbound.window.roundTripMs ?? watch.roundTripMs;
      if (laneMs !== undefined) roundTripMs = Math.max(roundTripMs ?? 0, laneMs);
    }
    return { ...stats, queuedBytes: this.queuedBytes, roundTripMs, refused: this.#refused, dropped };
  }

  #makeRoom(outbound: OutboundLane, length: number, limit: number): void {
    const { name, overflow } = this.options;
    if (overflow === "dropOldest") {
      while (this.queuedBytes + length > limit) {
        const dropped = outbound.dropOldest();
        if (dropped === 0) break;
        this.#dropped += dropped;
      }
      if (this.queuedBytes + length <= limit) return;
    }
    this.#refused += 1;
    throw new TransportError(
      "overloaded",
      `Channel "${name}" has ${this.queuedBytes} of ${limit} bytes waiting and cannot take ${length} more; send less, or later.`,
    );
  }
}

function createLane(options: AgreedChannel, environment: ChannelEnvironment, index: number): Lane {
  const { deliver } = environment;
  const reliable = options.kind === "reliable" ? environment.streamOf(index) : undefined;
  const deliverCounted = (message: ByteReader): boolean => {
    // Before anything is done with it: one that its handler cannot stand must not come again.
    if (reliable !== undefined) reliable.received += 1;
    return deliver(message);
  };
  return {
    outbound: new OutboundLane(options, environment),
    inbound: new InboundLane(options.messageBytesMax, reliable === undefined ? deliver : deliverCounted),
    watch: new ConnectionWatch(),
    owedCredits: 0,
    isCreditDue: false,
    creditChunks: options.creditChunks,
    reliable,
    isResumed: false,
    isAcknowledgementDue: false,
  };
}

/** Queues what a reliable channel has accepted and this link has not sent. @returns whether a whole frame is waiting. */
export function sendUnsent({ outbound, reliable, isResumed }: Lane): boolean {
  if (reliable === undefined || !isResumed) return false;
  let hasWholeFrame = false;
  for (const message of reliable.takeUnsent()) if (outbound.push(message)) hasWholeFrame = true;
  return hasWholeFrame;
}

/** `instanceof` that survives proxies of the program's. */
function isWriter(message: unknown): message is ByteWriter {
  try {
    return message instanceof ByteWriter;
  } catch {
    return false;
  }
}

/** Which of a channel's connections messages of `route` take. */
export function laneIndex(route: number | undefined, lanes: number): number {
  if (route === undefined || lanes === 1) return 0;
  // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): neighbouring numbers go to different connections.
  return (Math.imul(route, 0x9e37_79b1) >>> 16) % lanes;
}
