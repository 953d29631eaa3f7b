import type { Runtime, Timer } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import type { ChannelOptions } from "../link/channel-options.ts";
import type { PeerIdentity } from "../link/link.ts";
import { laneIndex } from "../link/link-channel.ts";
import { ReliableStream } from "../link/reliable-stream.ts";

/** How long a peer without a link is remembered. Milliseconds. Whoever stays away for longer is dead by any failure detector. */
const keptMs = 60_000;
/** Peers that are remembered. The longest known one without a link goes first. */
const peersMax = 4096;

interface Remembered {
  readonly incarnation: number;
  readonly streams: Map<string, ReliableStream>;
  /** Runs while there is no link. */
  expiry: Timer | undefined;
}

/** What reliable channels know of each peer, while links come and go. */
export class ReliablePeers {
  readonly #runtime: Runtime;
  readonly #peers = new Map<string, Remembered>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** A link to `peer` begins; what was known of an earlier life of it is forgotten. */
  linked({ nodeId, incarnation }: PeerIdentity): void {
    const known = this.#peers.get(nodeId);
    known?.expiry?.cancel();
    if (known?.incarnation === incarnation) known.expiry = undefined;
    else this.#peers.set(nodeId, { incarnation, streams: new Map(), expiry: undefined });
    if (this.#peers.size > peersMax) this.#forgetOne();
  }

  /** The link to `peer` has ended. */
  unlinked({ nodeId, incarnation }: PeerIdentity): void {
    const known = this.#peers.get(nodeId);
    if (known?.incarnation !== incarnation) return;
    known.expiry?.cancel();
    known.expiry = this.#runtime.setTimer(keptMs, () => this.forget(nodeId), { background: true });
  }

  /** The stream of one connection; undefined when this life of the node is not remembered. */
  stream(
    { nodeId, incarnation }: Pick<PeerIdentity, "nodeId" | "incarnation">,
    key: string,
  ): ReliableStream | undefined {
    const known = this.#peers.get(nodeId);
    if (known?.incarnation !== incarnation) return undefined;
    const stream = known.streams.get(key) ?? new ReliableStream();
    known.streams.set(key, stream);
    return stream;
  }

  /** Keeps a message for a peer that is not linked. @returns whether this life of it is remembered. @throws {TransportError} `messageTooLarge`, `overloaded`. */
  keep(
    peer: Pick<PeerIdentity, "nodeId" | "incarnation">,
    message: Uint8Array,
    { options, route }: { readonly options: ChannelOptions; readonly route: number },
  ): boolean {
    const { name, connections, messageBytesMax, queueBytesMax } = options;
    const stream = this.stream(peer, `${name}/${laneIndex(route, connections)}`);
    if (stream === undefined) return false;
    const { length } = message;
    if (length > messageBytesMax) {
      throw new TransportError("messageTooLarge", `A message of ${length} bytes is above those of channel "${name}".`);
    }
    if (this.#keptBytes(peer.nodeId, name) + length > queueBytesMax) {
      throw new TransportError(
        "overloaded",
        `Channel "${name}" keeps as much as it may for ${peer.nodeId}, which is not linked; send less, or later.`,
      );
    }
    stream.keep(Buffer.copyBytesFrom(message));
    return true;
  }

  #keptBytes(nodeId: string, channel: string): number {
    let bytes = 0;
    for (const [key, { keptBytes }] of this.#peers.get(nodeId)?.streams ?? []) {
      if (key.slice(0, key.lastIndexOf("/")) === channel) bytes += keptBytes;
    }
    return bytes;
  }

  /** Nothing more is sent to `nodeId`, or to anybody. */
  forget(nodeId?: string): void {
    for (const [id, { expiry }] of this.#peers) {
      if (nodeId !== undefined && id !== nodeId) continue;
      expiry?.cancel();
      this.#peers.delete(id);
    }
  }

  #forgetOne(): void {
    for (const [nodeId, { expiry }] of this.#peers) if (expiry !== undefined) return this.forget(nodeId);
  }
}
