import type { Runtime } from "@foundation/actor";
import { ByteReader } from "../bytes/byte-reader.ts";
import { TransportError } from "../errors.ts";
import { closeCode } from "../handshake/close-code.ts";
import type { Connection } from "../transport.ts";
import { type ChannelOptions, controlChannel } from "./channel-options.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { bareFrame, creditFrame, frameKind, freeFrameBytesMax, textFrame } from "./frame.ts";
import { InboundChannel } from "./inbound-channel.ts";
import type { ChannelStats, Link, LinkDownReason, LinkStats, PeerIdentity } from "./link.ts";
import { LinkScheduler } from "./link-scheduler.ts";
import { OutboundChannel } from "./outbound-channel.ts";

/** What a link needs from its endpoint. */
export interface PeerLinkOptions {
  readonly runtime: Runtime;
  readonly peer: PeerIdentity;
  readonly initiatedHere: boolean;
  readonly linkId: Uint8Array;
  /** In order of priority. */
  readonly channels: readonly ChannelOptions[];
  /** Opens a connection for a channel; only called on the side that dialed. */
  readonly dialChannel: (link: PeerLink, channel: string) => void;
  readonly onMessage: (link: Link, channel: string, message: Uint8Array) => void;
  readonly onDown: (link: PeerLink, reason: LinkDownReason) => void;
  /** A connection of the link is gone for good. */
  readonly onConnectionGone: (connection: Connection) => void;
}

interface LinkChannel {
  readonly name: string;
  readonly outbound: OutboundChannel;
  readonly inbound: InboundChannel;
  readonly watch: ConnectionWatch;
  /** A connection is there or on its way. */
  requested: boolean;
  /** Large frames received and not credited yet. */
  owedCredits: number;
}

/** The longest text in an `open` or `goodbye` frame, in bytes. */
const textBytesMax = 1024;

/** A {@link Link} over connections that finished their handshakes. */
export class PeerLink implements Link {
  readonly peer: PeerIdentity;
  readonly initiatedHere: boolean;
  readonly linkId: Uint8Array;
  lastReceivedAt: number;
  readonly #options: PeerLinkOptions;
  readonly #channels = new Map<string, LinkChannel>();
  readonly #scheduler: LinkScheduler;
  #isOpen = true;
  #ignoredFrames = 0;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.initiatedHere = options.initiatedHere;
    this.linkId = options.linkId;
    this.lastReceivedAt = options.runtime.now();
    for (const channel of options.channels) {
      const { name } = channel;
      const deliver = (message: Uint8Array): boolean => {
        options.onMessage(this, name, message);
        return this.#isOpen;
      };
      this.#channels.set(name, {
        name,
        outbound: new OutboundChannel(channel),
        inbound: new InboundChannel(channel, deliver),
        watch: new ConnectionWatch(),
        requested: false,
        owedCredits: 0,
      });
    }
    const outbound = [...this.#channels.values()].map((channel) => channel.outbound);
    this.#scheduler = new LinkScheduler(options.runtime, outbound);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(channelName: string, message: Uint8Array): void {
    if (!this.#isOpen) {
      throw new TransportError("linkClosed", `The link to ${this.peer.nodeId} is down; nothing was sent.`);
    }
    const channel = this.#channels.get(channelName);
    if (!channel) {
      const known = [...this.#channels.keys()].join(", ");
      throw new TransportError(
        "unknownChannel",
        `There is no channel "${channelName}" here; configured are: ${known}.`,
      );
    }
    const hasWholeFrame = channel.outbound.push(message);
    if (!channel.requested) this.#request(channel);
    if (hasWholeFrame) this.#scheduler.pump();
    this.#scheduler.wake();
  }

  /** Whether a further connection of the peer may join as `channel`. */
  awaits(channelName: string): boolean {
    const channel = this.#channels.get(channelName);
    return this.#isOpen && !this.initiatedHere && channel !== undefined && !channel.outbound.connection;
  }

  /** Gives `channel` its connection; frames that follow belong to the link. */
  attach(channelName: string, connection: Connection): void {
    const channel = this.#channels.get(channelName);
    if (!channel || !this.#isOpen) {
      connection.close(closeCode.normal, "the link is down");
      return;
    }
    channel.requested = true;
    channel.outbound.open(connection);
    connection.attach({
      onFrame: (frame) => this.#receive(channel, frame),
      onDrain: () => this.#scheduler.pump(),
      onClose: (code, reason) => {
        this.#options.onConnectionGone(connection);
        this.#down(code === 1006 ? { kind: "lost" } : { kind: "closed", code, reason });
      },
    });
    this.#scheduler.wake();
  }

  /** Opens the channels that are wanted from the start. */
  openEagerChannels(): void {
    if (!this.initiatedHere) return;
    for (const channel of this.#channels.values()) {
      if (channel.outbound.options.eager && !channel.requested) this.#request(channel);
    }
  }

  close(code: number, reason: string): void {
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
    this.#channels.get(controlChannel)?.outbound.connection?.send(textFrame(frameKind.goodbye, reason.slice(0, 256)));
    this.#down({ kind: "local", code: closeCode.normal, reason });
  }

  watch(stalledMs: number): void {
    for (const { name, outbound, watch } of this.#channels.values()) {
      if (!this.#isOpen) return;
      const { connection } = outbound;
      if (connection === undefined) continue;
      const verdict = watch.look(this.#options.runtime.now(), outbound.sentBytes, stalledMs);
      if (verdict === "probe") connection.send(bareFrame(frameKind.probe));
      if (verdict === "dead") this.close(closeCode.normal, `nothing comes through channel ${name}`);
    }
  }

  stats(): LinkStats {
    const channels: Record<string, ChannelStats> = {};
    for (const { name, outbound, inbound } of this.#channels.values()) {
      channels[name] = {
        messagesOut: outbound.messages,
        bytesOut: outbound.bytes,
        messagesIn: inbound.messages,
        bytesIn: inbound.bytes,
        queuedBytes: outbound.queuedBytes,
      };
    }
    return { channels, ignoredFrames: this.#ignoredFrames };
  }

  #request(channel: LinkChannel): void {
    channel.requested = true;
    if (this.initiatedHere) this.#options.dialChannel(this, channel.name);
    else this.#channels.get(controlChannel)?.outbound.connection?.send(textFrame(frameKind.open, channel.name));
  }

  #receive(channel: LinkChannel, frame: Uint8Array): void {
    if (!this.#isOpen) return;
    this.lastReceivedAt = this.#options.runtime.now();
    channel.watch.heard(channel.outbound.sentBytes);
    try {
      this.#dispatch(channel, frame);
    } catch (error) {
      // Whoever reads the peer's bytes, here or above, says so by this code when they mean nothing.
      if (!(error instanceof TransportError) || error.code !== "malformed") throw error;
      this.#options.runtime.log.warn("link closed: malformed bytes", { peer: this.peer.nodeId, error });
      this.#down({ kind: "local", code: closeCode.malformed, reason: "malformed" });
    }
  }

  #dispatch(channel: LinkChannel, frame: Uint8Array): void {
    switch (frame[0]) {
      case frameKind.batch:
      case frameKind.firstChunk:
      case frameKind.chunk:
        channel.inbound.receive(frame);
        if (frame.length > freeFrameBytesMax) this.#owe(channel);
        break;
      case frameKind.credit: {
        const reader = new ByteReader(frame.subarray(1));
        if (!channel.outbound.grant(reader.varint())) throw malformed("more credit than was ever used");
        this.#scheduler.pump();
        break;
      }
      case frameKind.open:
        this.#openForPeer(new ByteReader(frame.subarray(1)).string(textBytesMax));
        break;
      case frameKind.goodbye:
        this.#down({ kind: "goodbye", reason: new ByteReader(frame.subarray(1)).string(textBytesMax) });
        break;
      case frameKind.probe:
        channel.outbound.connection?.send(bareFrame(frameKind.probed));
        break;
      case frameKind.probed:
        break;
      default:
        // A later version may know this kind.
        this.#ignoredFrames += 1;
    }
  }

  #openForPeer(channelName: string): void {
    const channel = this.#channels.get(channelName);
    if (!this.initiatedHere || !channel) throw malformed("a channel was asked for that cannot be opened here");
    if (!channel.requested) this.#request(channel);
  }

  /** Credits go back once a turn: several large frames often arrive in one. */
  #owe(channel: LinkChannel): void {
    channel.owedCredits += 1;
    if (channel.owedCredits > 1) return;
    this.#options.runtime.microtask(() => {
      const owed = channel.owedCredits;
      channel.owedCredits = 0;
      if (this.#isOpen) channel.outbound.connection?.send(creditFrame(owed));
    });
  }

  #down(reason: LinkDownReason): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#scheduler.stop();
    const { code, text } = closeFrameFor(reason);
    for (const { outbound } of this.#channels.values()) outbound.connection?.close(code, text);
    this.#options.onDown(this, reason);
  }
}

function closeFrameFor(reason: LinkDownReason): { code: number; text: string } {
  switch (reason.kind) {
    case "local":
      return { code: reason.code, text: reason.reason };
    case "superseded":
      return { code: closeCode.duplicate, text: "superseded by a newer incarnation" };
    case "goodbye":
      return { code: closeCode.normal, text: "goodbye" };
    case "closed":
    case "lost":
      return { code: closeCode.normal, text: "another connection of the link ended" };
  }
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The peer broke the protocol: ${what}.`);
}
