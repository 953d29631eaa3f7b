import type { Runtime } from "@foundation/actor";
import { optionRule, shown } from "@foundation/actor/spi";
import { ByteReader } from "../bytes/byte-reader.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { checkChannelName } from "../check-address.ts";
import { TransportError } from "../errors.ts";
import { closeCode } from "../handshake/close-code.ts";
import { refuseOption } from "../refuse-option.ts";
import type { Connection } from "../transport.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { type ChannelOptions, controlChannel } from "./channel-options.ts";
import { closeFrameFor, downReason } from "./down-reason.ts";
import { bareFrame, countFrame, frameKind, freeFrameBytesMax, textFrame } from "./frame.ts";
import type { FramePool } from "./frame-pool.ts";
import type { ChannelStats, Link, LinkDownReason, LinkReceiver, LinkStats, PeerIdentity, SendOptions } from "./link.ts";
import { type Lane, LinkChannel, sendUnsent } from "./link-channel.ts";
import { LinkScheduler } from "./link-scheduler.ts";
import type { ReadingSlice } from "./reading-slice.ts";
import { releaseMemory } from "./release-memory.ts";
import type { ReliableStream } from "./reliable-stream.ts";
import type { YoungGarbage } from "./young-garbage.ts";

/** What a link needs from its endpoint. */
interface PeerLinkOptions {
  readonly runtime: Runtime;
  readonly peer: PeerIdentity;
  readonly initiatedHere: boolean;
  readonly linkId: Uint8Array;
  /** In order of priority. */
  readonly channels: readonly AgreedChannel[];
  /** Shared by all links of the endpoint. */
  readonly slice: ReadingSlice;
  /** Shared by all links of the endpoint. */
  readonly pool: FramePool;
  /** Shared by all links of the endpoint. */
  readonly garbage: YoungGarbage;
  /** What is remembered of one connection of a reliable channel. */
  readonly streamOf: (key: string) => ReliableStream | undefined;
  /** Opens a connection for a channel; only called on the side that dialed. */
  readonly dialChannel: (link: PeerLink, channel: string, connectionIndex: number) => void;
  /** Called before the link's receiver is told. */
  readonly onDown: (link: PeerLink, reason: LinkDownReason) => void;
  /** A connection of the link is gone for good. */
  readonly onConnectionGone: (connection: Connection) => void;
}

/** The longest text in an `open` or `goodbye` frame, in bytes. */
const textBytesMax = 1024;

/**
 * Bytes that may wait on a connection for the operating system. Lanes stop far below; more of them are answers to a peer that goes
 * on sending and reads nothing.
 */
const unreadBytesMax = 512 * 1024;

/** Codes that both sides of a WebSocket may use; 1013 says that a queue is full. */
const codeRule = optionRule.rule(
  "1000, 1013, a whole number from 4000 to 4999",
  (code) => code === 1000 || code === 1013 || (Number.isInteger(code) && Number(code) >= 4000 && Number(code) <= 4999),
);

/** What takes the messages is the program's. */
const receiverRule = optionRule.objectWith("a LinkReceiver", "message", "down");

const stalledRule = optionRule.milliseconds({ min: 0 });

/** A {@link Link} over connections that finished their handshakes. */
export class PeerLink implements Link {
  readonly peer: PeerIdentity;
  readonly initiatedHere: boolean;
  readonly linkId: Uint8Array;
  lastReceivedAt: number;
  readonly #options: PeerLinkOptions;
  readonly #channels = new Map<string, LinkChannel>();
  readonly #scheduler: LinkScheduler;
  #receiver: LinkReceiver | undefined;
  #isOpen = true;
  #downReason: LinkDownReason | undefined;
  #ignoredFrames = 0;

  constructor(options: PeerLinkOptions) {
    const { runtime } = options;
    this.#options = options;
    this.peer = options.peer;
    this.initiatedHere = options.initiatedHere;
    this.linkId = options.linkId;
    this.lastReceivedAt = runtime.now();
    const environment = { now: () => runtime.now(), pool: options.pool };
    for (const channel of options.channels) {
      const deliver = (message: ByteReader): boolean => {
        this.#receiver?.message(channel.name, message);
        return this.#isOpen;
      };
      const streamOf = (index: number): ReliableStream | undefined => options.streamOf(`${channel.name}/${index}`);
      this.#channels.set(channel.name, new LinkChannel(channel, { ...environment, deliver, streamOf }));
    }
    this.#scheduler = new LinkScheduler(runtime, [...this.#channels.values()]);
  }

  /**
   * What comes from now on goes to `receiver`: called before the first message. A link that has ended meanwhile says so at once.
   *
   * @throws {TransportError} `invalidOption`.
   */
  begin(receiver: LinkReceiver): void {
    if (!receiverRule.fits(receiver))
      throw refuseOption(`onLink(): it gave ${shown(receiver)}; allowed: ${receiverRule.allowed}`);
    this.#receiver = receiver;
    if (this.#downReason !== undefined) receiver.down(this.#downReason);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(channelName: string, message: Uint8Array | ByteWriter, options?: SendOptions): void {
    const channel = this.#open(channelName);
    const hasWholeFrame = channel.push(message, options);
    if (!channel.isRequested) this.#request(channel);
    if (hasWholeFrame) this.#scheduler.pump();
    this.#scheduler.wake();
  }

  channel(name: string): ChannelOptions | undefined {
    checkChannelName("channel()", name);
    return this.#channels.get(name)?.options;
  }

  async room(channelName: string): Promise<void> {
    await this.#open(channelName).room();
  }

  /** @throws {TransportError} `linkClosed` or `unknownChannel`. */
  #open(name: string): LinkChannel {
    if (!this.#isOpen) throw this.#closedError();
    const channel = this.#channels.get(name);
    if (channel !== undefined) return channel;
    const common = [...this.#channels.keys()].join(", ");
    throw new TransportError(
      "unknownChannel",
      `Channel ${shown(name)} is not configured both here and on ${this.peer.nodeId}; common are: ${common}.`,
    );
  }

  /** Whether a further connection of the peer may join as this one of `channel`. */
  awaits(channelName: string, connectionIndex: number): boolean {
    const lane = this.#channels.get(channelName)?.lanes[connectionIndex];
    return this.#isOpen && !this.initiatedHere && lane !== undefined && lane.outbound.connection === undefined;
  }

  /** Gives a channel one of its connections; frames that follow belong to the link. */
  attach(channelName: string, connectionIndex: number, connection: Connection): void {
    const channel = this.#channels.get(channelName);
    const lane = channel?.lanes[connectionIndex];
    if (channel === undefined || lane === undefined || !this.#isOpen) {
      connection.close(closeCode.normal, "the link is down");
      return;
    }
    channel.isRequested = true;
    lane.outbound.open(connection);
    if (lane.reliable !== undefined) connection.send(countFrame(frameKind.resume, lane.reliable.received));
    connection.attach({
      onFrame: (frame) => this.#receive(lane, connection, frame),
      onDrain: () => this.#scheduler.pump(),
      onClose: (code, reason) => {
        this.#options.onConnectionGone(connection);
        this.#down(downReason(code, reason));
      },
    });
    this.#scheduler.wake();
  }

  /** Opens what is wanted from the start: eager channels, the further connections of `control`, and what has something to send. */
  openEagerChannels(): void {
    for (const channel of this.#channels.values()) {
      const { name, eager } = channel.options;
      const isWanted = this.initiatedHere && (name === controlChannel || (eager && !channel.isRequested));
      if (isWanted || (channel.hasUnsent && !channel.isRequested)) this.#request(channel);
    }
  }

  close(code: number, reason: string): void {
    if (!codeRule.fits(code)) throw refuseOption(`close(): code is ${shown(code)}; allowed: ${codeRule.allowed}`);
    if (typeof reason !== "string") throw refuseOption(`close(): reason is ${shown(reason)}; allowed: a string`);
    this.#down({ kind: "local", code, reason });
  }

  /** Ends the link because a newer incarnation of the peer is there. */
  supersede(incarnation: number): void {
    this.#down({ kind: "superseded", incarnation });
  }

  /** Ends the link because a further connection of it could not be opened. */
  fail(error: Error): void {
    this.#down({ kind: "lost", error });
  }

  /** Sends what may still be sent, says goodbye and ends the link. */
  leave(reason: string): void {
    if (!this.#isOpen) return;
    this.#scheduler.pump();
    this.#sendControl(textFrame(frameKind.goodbye, reason.slice(0, 256)));
    this.#down({ kind: "local", code: closeCode.goodbye, reason });
  }

  watch(stalledMs: number): void {
    if (!stalledRule.fits(stalledMs))
      throw refuseOption(`watch(): stalledMs is ${shown(stalledMs)}; allowed: ${stalledRule.allowed}`);
    const now = this.#options.runtime.now();
    for (const channel of this.#channels.values()) {
      const { name } = channel.options;
      for (const lane of channel.lanes) {
        if (!this.#isOpen) return;
        this.#watchLane(lane, name, { now, stalledMs });
      }
      // A peer that takes nothing any more costs memory, and is no use to anybody.
      if (this.#isOpen && channel.isStalled(now, stalledMs))
        this.close(closeCode.stalled, `channel ${name} is stalled`);
    }
  }

  #watchLane(lane: Lane, name: string, { now, stalledMs }: { now: number; stalledMs: number }): void {
    const { connection, sentBytes } = lane.outbound;
    if (connection === undefined) return;
    if (connection.bufferedBytes > unreadBytesMax) return this.close(closeCode.stalled, `channel ${name} is not read`);
    const verdict = lane.watch.look(now, sentBytes, stalledMs);
    if (verdict === "probe") connection.send(bareFrame(frameKind.probe));
    if (verdict === "dead") this.close(closeCode.normal, `nothing comes through channel ${name}`);
  }

  stats(): LinkStats {
    // Names are data: `__proto__` is one like any other.
    const channels: Record<string, ChannelStats> = Object.create(null);
    for (const [name, channel] of this.#channels) channels[name] = channel.stats();
    return { channels, ignoredFrames: this.#ignoredFrames };
  }

  #request(channel: LinkChannel): void {
    channel.isRequested = true;
    const { name } = channel.options;
    if (!this.initiatedHere) return this.#sendControl(textFrame(frameKind.open, name));
    for (const [index, { outbound }] of channel.lanes.entries()) {
      if (outbound.connection === undefined) this.#options.dialChannel(this, name, index);
    }
  }

  /** What links say to each other goes over the first connection of `control`. */
  #sendControl(frame: Uint8Array): void {
    this.#channels.get(controlChannel)?.lanes[0].outbound.connection?.send(frame);
  }

  #receive(lane: Lane, connection: Connection, frame: Uint8Array): void {
    if (!this.#isOpen) return;
    const { runtime, slice, garbage } = this.#options;
    const madeBytes = bytesMadeFor(frame);
    this.lastReceivedAt = runtime.now();
    slice.begin(this.lastReceivedAt);
    lane.watch.heard(lane.outbound.sentBytes);
    try {
      this.#dispatch(lane, frame);
    } catch (error) {
      // Whoever reads the peer's bytes, here or above, says so by this code when they mean nothing.
      if (!(error instanceof TransportError) || error.code !== "malformed") throw error;
      this.#down({ kind: "local", code: closeCode.malformed, reason: "malformed", error });
    }
    releaseMemory(frame);
    garbage.made(madeBytes);
    slice.handled(connection);
  }

  #dispatch(lane: Lane, frame: Uint8Array): void {
    switch (frame[0]) {
      case frameKind.batch:
      case frameKind.firstChunk:
      case frameKind.chunk:
      case frameKind.packed:
        if (lane.inbound.receive(frame) > freeFrameBytesMax) this.#owe(lane);
        if (lane.reliable !== undefined) this.#acknowledge(lane, lane.reliable);
        break;
      case frameKind.credit: {
        if (!lane.outbound.grant(countIn(frame))) throw malformed("more credit than was ever used");
        this.#scheduler.pump();
        break;
      }
      case frameKind.open:
        this.#openForPeer(new ByteReader(frame.subarray(1)).string(textBytesMax));
        break;
      case frameKind.goodbye:
        this.#down({ kind: "goodbye", reason: new ByteReader(frame.subarray(1)).string(textBytesMax) });
        break;
      case frameKind.resume:
        this.#resume(lane, countIn(frame));
        break;
      case frameKind.acknowledge:
        if (!lane.reliable?.acknowledge(countIn(frame))) throw malformed("what is acknowledged was not sent");
        this.#scheduler.pump();
        break;
      case frameKind.probe:
        this.#answerProbe(lane.outbound.connection);
        break;
      case frameKind.probed:
        lane.watch.answered(this.lastReceivedAt);
        break;
      default:
        // A later version may know this kind.
        this.#ignoredFrames += 1;
    }
  }

  /** What waits for the peer is as good a sign of life, and one that reads nothing must not make us collect answers for it. */
  #answerProbe(connection: Connection | undefined): void {
    if (connection?.bufferedBytes === 0) connection.send(bareFrame(frameKind.probed));
  }

  #openForPeer(channelName: string): void {
    const channel = this.#channels.get(channelName);
    if (!this.initiatedHere || !channel) throw malformed("a channel was asked for that cannot be opened here");
    if (!channel.isRequested) this.#request(channel);
  }

  /**
   * Credits go back when half of them are owed, so that the peer never waits for them, and the rest in the next turn: each
   * frame that carries some costs both sides as much as the handling of many small messages.
   */
  #owe(lane: Lane): void {
    lane.owedCredits += 1;
    if (lane.owedCredits * 2 >= lane.creditChunks) return this.#payCredits(lane);
    if (lane.isCreditDue) return;
    lane.isCreditDue = true;
    this.#options.runtime.nextTurn(() => {
      lane.isCreditDue = false;
      if (lane.owedCredits > 0) this.#payCredits(lane);
    });
  }

  #payCredits(lane: Lane): void {
    const owed = lane.owedCredits;
    lane.owedCredits = 0;
    if (this.#isOpen) lane.outbound.connection?.send(countFrame(frameKind.credit, owed));
  }

  /** The peer says what it has had, in earlier links too: the rest is sent, again where need be. */
  #resume(lane: Lane, count: number): void {
    if (lane.reliable === undefined || lane.isResumed) throw malformed("nothing is to be resumed here");
    lane.reliable.resume(count);
    lane.isResumed = true;
    sendUnsent(lane);
    this.#scheduler.pump();
  }

  /** Acknowledgements go back once a turn, as credits do. */
  #acknowledge(lane: Lane, stream: ReliableStream): void {
    if (lane.isAcknowledgementDue) return;
    lane.isAcknowledgementDue = true;
    this.#options.runtime.microtask(() => {
      lane.isAcknowledgementDue = false;
      if (this.#isOpen) lane.outbound.connection?.send(countFrame(frameKind.acknowledge, stream.received));
    });
  }

  #closedError(): TransportError {
    return new TransportError("linkClosed", `The link to ${this.peer.nodeId} is down; nothing was sent.`);
  }

  #down(reason: LinkDownReason): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#scheduler.stop();
    const { code, text } = closeFrameFor(reason);
    for (const { lanes } of this.#channels.values()) {
      for (const { outbound } of lanes) outbound.connection?.close(code, text);
    }
    const error = this.#closedError();
    for (const channel of this.#channels.values()) channel.closed(error);
    this.#options.onDown(this, reason);
    if (this.#receiver === undefined) this.#downReason = reason;
    else this.#receiver.down(reason);
  }
}

/** Bytes of Buffers that a frame costs: read, and once more for the message that it is a part of, or when it is unpacked. */
function bytesMadeFor(frame: Uint8Array): number {
  return frame[0] === frameKind.batch ? frame.length : 2 * frame.length;
}

/** The number in a frame that holds nothing else. */
function countIn(frame: Uint8Array): number {
  return new ByteReader(frame.subarray(1)).varint();
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The peer broke the protocol: ${what}.`);
}
