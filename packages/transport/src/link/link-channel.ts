import type { ByteReader } from "../bytes/byte-reader.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { InboundLane } from "./inbound-lane.ts";
import type { ChannelStats, SendOptions } from "./link.ts";
import { type LaneEnvironment, OutboundLane } from "./outbound-lane.ts";

/** One connection of a channel. */
export interface Lane {
  readonly outbound: OutboundLane;
  readonly inbound: InboundLane;
  readonly watch: ConnectionWatch;
  /** Large frames received and not credited yet. */
  owedCredits: number;
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

  /** @param deliver takes one message; `false` when no more are wanted. */
  constructor(options: AgreedChannel, environment: LaneEnvironment, deliver: (message: ByteReader) => boolean) {
    this.options = options;
    const lane = (): Lane => ({
      outbound: new OutboundLane(options, environment),
      inbound: new InboundLane(options.messageBytesMax, deliver),
      watch: new ConnectionWatch(),
      owedCredits: 0,
    });
    this.lanes = [lane(), ...Array.from({ length: options.connections - 1 }, lane)];
  }

  /** Bytes that were accepted and not handed to the connections yet. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const { outbound } of this.lanes) bytes += outbound.queuedBytes;
    return bytes;
  }

  /**
   * Appends a message; its bytes are copied.
   *
   * @returns whether a whole frame is waiting.
   * @throws {TransportError} `messageTooLarge` or `overloaded`; nothing was appended then.
   */
  push(message: Uint8Array | ByteWriter, options: SendOptions | undefined): boolean {
    const { length } = message;
    const { name, messageBytesMax, queueBytesMax, kind } = this.options;
    if (length > messageBytesMax) {
      throw new TransportError(
        "messageTooLarge",
        `A message of ${length} bytes is above the ${messageBytesMax} bytes of channel "${name}"; split it, or raise messageBytesMax.`,
      );
    }
    const { outbound } = this.#laneOf(options?.route);
    const queuedBytes = this.queuedBytes;
    if (queuedBytes > 0 && queuedBytes + length > queueBytesMax) this.#makeRoom(outbound, length);
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
    for (const { outbound, inbound } of this.lanes) {
      stats.messagesOut += outbound.messages;
      stats.bytesOut += outbound.bytes;
      stats.messagesIn += inbound.messages;
      stats.bytesIn += inbound.bytes;
      const laneMs = outbound.window.roundTripMs;
      if (laneMs !== undefined) roundTripMs = Math.max(roundTripMs ?? 0, laneMs);
    }
    return { ...stats, queuedBytes: this.queuedBytes, roundTripMs, refused: this.#refused, dropped: this.#dropped };
  }

  #laneOf(route: number | undefined): Lane {
    const { lanes } = this;
    if (route === undefined || lanes.length === 1) return lanes[0];
    // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): neighbouring numbers go to different connections.
    return lanes[(Math.imul(route, 0x9e37_79b1) >>> 16) % lanes.length] ?? lanes[0];
  }

  #makeRoom(outbound: OutboundLane, length: number): void {
    const { name, queueBytesMax, overflow } = this.options;
    if (overflow === "dropOldest") {
      while (this.queuedBytes + length > queueBytesMax) {
        const dropped = outbound.dropOldest();
        if (dropped === 0) break;
        this.#dropped += dropped;
      }
      if (this.queuedBytes + length <= queueBytesMax) return;
    }
    this.#refused += 1;
    throw new TransportError(
      "overloaded",
      `Channel "${name}" has ${this.queuedBytes} of ${queueBytesMax} bytes waiting and cannot take ${length} more; send less, or later.`,
    );
  }
}
