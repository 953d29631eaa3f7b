import type { Runtime } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import { closeCode, duplicateReason, type Refusal } from "../handshake/close-code.ts";
import { type Hello, linkIdBytes } from "../handshake/hello.ts";
import { controlChannel } from "../link/channel-options.ts";
import type { Link } from "../link/link.ts";
import type { PeerLink } from "../link/peer-link.ts";
import { type Connection, formatAddress, type PeerAddress } from "../transport.ts";
import type { Admission } from "./admission.ts";
import { closeError } from "./close-error.ts";
import type { LinkTable } from "./link-table.ts";
import type { Links } from "./links.ts";
import type { LocalNode } from "./local-node.ts";
import { type DialRefusal, LinkExists } from "./open-connection.ts";
import type { OutgoingConnections } from "./outgoing-connections.ts";

/** First pause before a dial is repeated because the other side still holds an earlier link; doubled each time. */
const redialDelayMs = 20;

/** What a {@link Dialer} works with. */
interface DialerOptions {
  readonly runtime: Runtime;
  readonly local: LocalNode;
  readonly table: LinkTable;
  readonly admission: Admission;
  readonly links: Links;
  readonly outgoing: OutgoingConnections;
  /** For a dial with all its repetitions. */
  readonly handshakeTimeoutMs: number;
}

/** One dial, from `connect` to its link. */
interface Dial {
  readonly address: PeerAddress;
  readonly signal: AbortSignal;
  readonly deadline: number;
  /** Known as soon as the other side introduced itself. */
  peer: Hello | undefined;
}

/** Makes links by dialing: one dial at a time for each address, repeated while the other side is not ready for the link. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #dials = new Map<string, { readonly dial: Dial; readonly link: Promise<Link> }>();

  /** Dials that reached this node itself, whose other ends have not been refused yet. */
  #ownEnds = 0;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** The link to the node at `address`: the one that is there, or a new one. @throws {TransportError} when there will be none. */
  connect(address: PeerAddress): Promise<Link> {
    const { runtime, table, outgoing, handshakeTimeoutMs } = this.#options;
    const known = table.at(address);
    if (known) return Promise.resolve(known);
    const key = formatAddress(address);
    const underWay = this.#dials.get(key);
    if (underWay) return underWay.link;
    const dial: Dial = {
      address,
      signal: outgoing.signal,
      deadline: runtime.now() + handshakeTimeoutMs,
      peer: undefined,
    };
    const { promise, resolve, reject } = Promise.withResolvers<Link>();
    this.#dials.set(key, { dial, link: promise });
    this.#dial(dial)
      .finally(() => this.#dials.delete(key))
      .then(resolve, reject);
    return promise;
  }

  /** Whether a connection that was refused is the other end of a dial to this node itself. Each such dial has one. */
  takeOwnEnd(peer: Hello | undefined): boolean {
    if (peer === undefined || this.#ownEnds === 0 || !this.#options.local.is(peer)) return false;
    this.#ownEnds -= 1;
    return true;
  }

  /** Whether this life of `peer` has answered a dial that is still under way. */
  isDialing({ nodeId, incarnation }: Hello): boolean {
    for (const { dial } of this.#dials.values()) {
      if (dial.peer?.nodeId === nodeId && dial.peer.incarnation === incarnation) return true;
    }
    return false;
  }

  async #dial(dial: Dial): Promise<PeerLink> {
    const { table } = this.#options;
    for (let delayMs = redialDelayMs; ; delayMs *= 2) {
      const outcome = await this.#attempt(dial).catch((error: unknown) => {
        if (error instanceof LinkExists) return error;
        throw error;
      });
      if (!(outcome instanceof LinkExists)) {
        table.led(dial.address, outcome, true);
        return outcome;
      }
      // Usually the other side's own dial is about to be accepted here. Else it holds a link that ended here already.
      const nodeId = dial.peer?.nodeId ?? "";
      dial.peer = undefined;
      const timeoutMs = Math.min(delayMs, Math.max(0, this.#leftMs(dial)));
      const link = await table.linked(nodeId, { timeoutMs, signal: dial.signal });
      if (link) {
        table.led(dial.address, link, false);
        return link;
      }
      if (this.#leftMs(dial) <= 0) {
        throw new TransportError(
          "timeout",
          `${formatAddress(dial.address)} still holds an earlier link to this node; dial again once it has noticed its end.`,
        );
      }
    }
  }

  #attempt(dial: Dial): Promise<PeerLink> {
    const { address, signal } = dial;
    const linkId = this.#options.runtime.randomBytes(linkIdBytes);
    return this.#options.outgoing.open<PeerLink>(address, {
      purpose: { linkId, channel: controlChannel, connectionIndex: 0 },
      timeoutMs: Math.max(1, this.#leftMs(dial)),
      signal,
      decide: (peer) => {
        dial.peer = peer;
        return this.#refuse(peer, address);
      },
      establish: (peer, connection) => this.#establish(peer, connection, linkId),
    });
  }

  #establish(peer: Hello, connection: Connection, linkId: Uint8Array): PeerLink {
    const { table, links } = this.#options;
    const known = table.get(peer.nodeId);
    if (known === undefined || known.peer.incarnation < peer.incarnation) {
      return links.establish(peer, connection, { linkId, initiatedHere: true });
    }
    connection.close(closeCode.duplicate, duplicateReason.link);
    return known;
  }

  #refuse(peer: Hello, address: PeerAddress): DialRefusal | undefined {
    const refusal = this.#options.admission.refuseDialed(peer);
    if (refusal !== undefined && this.#options.local.is(peer)) this.#ownEnds += 1;
    return refusal && { refusal, error: this.#refusedHere(refusal, peer, address) };
  }

  /** What a dial ends with when this side did not want who answered. */
  #refusedHere({ code, reason }: Refusal, peer: Hello, address: PeerAddress): Error {
    const at = formatAddress(address);
    const { local } = this.#options;
    if (peer.nodeId === local.nodeId) {
      return local.is(peer)
        ? new TransportError("self", `${at} is this node itself; leave it out of the addresses to dial.`)
        : new TransportError("duplicateNode", `${at} uses this node's id ${peer.nodeId}; give each node its own id.`);
    }
    if (code === closeCode.channelMismatch || code === closeCode.malformed) return closeError(address, code, reason);
    if (reason === duplicateReason.link) return new LinkExists();
    return code === closeCode.duplicate
      ? new TransportError("duplicateNode", `${at} claims to be ${peer.nodeId}, which is linked at another address.`)
      : new TransportError("declaredDead", `${at} is not admitted here: ${reason}.`);
  }

  #leftMs({ deadline }: Dial): number {
    return deadline - this.#options.runtime.now();
  }
}
