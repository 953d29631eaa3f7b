import type { ByteReader } from "../bytes/byte-reader.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { TransportError } from "../errors.ts";
import type { PeerAddress } from "../transport.ts";
import type { ChannelOptions } from "./channel-options.ts";

/** Who is at the other end of a link. */
export interface PeerIdentity {
  readonly nodeId: string;
  /** Grows with every start of the node. */
  readonly incarnation: number;
  /** Where the peer can be dialed. */
  readonly address: PeerAddress;
}

/** What went over one channel of a link so far, and what waits. */
export interface ChannelStats {
  readonly messagesOut: number;
  readonly bytesOut: number;
  readonly messagesIn: number;
  readonly bytesIn: number;
  /** Bytes accepted by `send` and not handed to the network yet. */
  readonly queuedBytes: number;
  /**
   * Smoothed milliseconds there and back: from a large frame's sending until the peer has handled it; where no large one was
   * sent, of a probe, one every 10 s while the channel is used. Undefined before the first.
   */
  readonly roundTripMs: number | undefined;
  /** Messages that `send` refused because the queue was full. */
  readonly refused: number;
  /** Messages that were accepted and not sent: replaced on a monotonic channel, or dropped for newer ones. */
  readonly dropped: number;
}

/** Both together; of round trips the longer one. */
export function sumOfChannels(first: ChannelStats | undefined, second: ChannelStats): ChannelStats {
  if (first === undefined) return second;
  const trips = [first.roundTripMs, second.roundTripMs].filter((ms) => ms !== undefined);
  return {
    messagesOut: first.messagesOut + second.messagesOut,
    bytesOut: first.bytesOut + second.bytesOut,
    messagesIn: first.messagesIn + second.messagesIn,
    bytesIn: first.bytesIn + second.bytesIn,
    queuedBytes: first.queuedBytes + second.queuedBytes,
    roundTripMs: trips.length === 0 ? undefined : Math.max(...trips),
    refused: first.refused + second.refused,
    dropped: first.dropped + second.dropped,
  };
}

/** What may be said of one message besides its channel. */
export interface SendOptions {
  /** Messages of the same route keep to one connection of the channel, and so to their order. Any number. Default: the first connection. */
  readonly route?: number;
  /** On a monotonic channel: takes the place of the message with the same text here that still waits. Default: of none. */
  readonly replaces?: string;
  /**
   * For what keeps nodes together: the message has room of its own, as much again as the channel's queue. Default `false`: a
   * full queue refuses it.
   */
  readonly isReserved?: boolean;
}

/** Counters of a link, by channel name. */
export interface LinkStats {
  readonly channels: Readonly<Record<string, ChannelStats>>;
  /** Frames of a kind that this version does not know; they were skipped. */
  readonly ignoredFrames: number;
}

/**
 * Why a link ended.
 *
 * `goodbye`: the peer leaves on purpose. `closed`: the peer closed, or refused a connection of the link, with a close code.
 * `lost`: a connection broke. `superseded`: a newer incarnation of the peer arrived here. `local`: this side closed, with an
 * error when the peer's bytes mean nothing.
 */
export type LinkDownReason =
  | { readonly kind: "goodbye"; readonly reason: string }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  | { readonly kind: "lost"; readonly error?: Error }
  | { readonly kind: "superseded"; readonly incarnation: number }
  | { readonly kind: "local"; readonly code: number; readonly reason: string; readonly error?: TransportError };

/** Takes what comes over one link. A method that throws ends the process, except for `malformed`: that ends the link. */
export interface LinkReceiver {
  /** A message arrived. It stands at its first byte. It is good for the call only, and so are views of it. */
  message(channel: string, message: ByteReader): void;
  /** The link is down. Nothing follows. */
  down(reason: LinkDownReason): void;
}

/**
 * All connections to one incarnation of a peer.
 *
 * Messages of one channel arrive in the order they were sent. When any of the connections breaks the whole link ends, so
 * what is lost is always the last part of a channel's messages, never one in the middle.
 */
export interface Link {
  readonly peer: PeerIdentity;
  /** Whether this side dialed. */
  readonly initiatedHere: boolean;
  /** `runtime.now()` when the last frame arrived, on any of the connections. */
  readonly lastReceivedAt: number;
  /** `false` once the link is down; it never opens again. */
  readonly isOpen: boolean;
  /**
   * Queues a message, or what was written for it; its bytes are copied before the call returns. It leaves at the end of the turn.
   *
   * @throws {TransportError} `overloaded`, `messageTooLarge`, `unknownChannel` or `linkClosed`; nothing was queued then.
   */
  send(channel: string, message: Uint8Array | ByteWriter, options?: SendOptions): void;
  /**
   * How a channel works with this peer: own settings, within what the peer takes; undefined when not both have it.
   *
   * @throws {TransportError} `invalidOption` for what is no text.
   */
  channel(name: string): ChannelOptions | undefined;
  /**
   * Resolves when at most half of the channel's queue is taken: at once, or when enough has left.
   *
   * @throws {TransportError} `linkClosed` when the link ends before, `unknownChannel`, `overloaded` when 10 000 wait already.
   */
  room(channel: string): Promise<void>;
  /**
   * Ends the link; the peer sees `code` and `reason`. The link's receiver hears of it before this returns.
   *
   * @param code a WebSocket close code: 1000, 1013 or 4000 to 4999.
   * @throws {TransportError} `invalidOption`; the link goes on then.
   */
  close(code: number, reason: string): void;
  /**
   * Looks after connections that are silent although something was sent on them; ends the link when one is dead. To be called
   * from time to time.
   *
   * @param stalledMs how long this process has just stood still, in milliseconds; that is nobody's silence.
   * @throws {TransportError} `invalidOption`.
   */
  watch(stalledMs: number): void;
  /** Counters since the link began. */
  stats(): LinkStats;
}
