import type { Runtime, Timer } from "@foundation/actor";
import { ConnectionQuota } from "../connection-quota.ts";
import { TransportError } from "../errors.ts";
import { closeCode, duplicateReason, type Refusal } from "../handshake/close-code.ts";
import { type Hello, linkIdBytes, nonceBytes, protocolVersions, type VersionRange } from "../handshake/hello.ts";
import { type AgreedChannel, agree, decodeTerms, encodeTerms } from "../link/channel-agreement.ts";
import { controlChannel } from "../link/channel-options.ts";
import { FramePool } from "../link/frame-pool.ts";
import { type ChannelStats, type Link, type LinkDownReason, type PeerIdentity, sumOfChannels } from "../link/link.ts";
import { PeerLink } from "../link/peer-link.ts";
import { ReadingSlice } from "../link/reading-slice.ts";
import { EndpointSecurity } from "../security/endpoint-security.ts";
import type { SecretInput } from "../security/secrets.ts";
import { type Connection, formatAddress, type Listener, type PeerAddress, type Transport } from "../transport.ts";
import { acceptConnection } from "./accept-connection.ts";
import {
  type EndpointHandlers,
  type EndpointOptions,
  type EndpointSettings,
  readEndpointOptions,
} from "./endpoint-options.ts";
import { LinkTable } from "./link-table.ts";
import { closeError, type DialRefusal, LinkExists, openConnection } from "./open-connection.ts";
import { ReliablePeers } from "./reliable-peers.ts";

/** Time for connections to close by themselves before they are dropped. */
const closeGraceMs = 500;
/** First pause before a dial is repeated because the other side still holds an earlier link; doubled each time. */
const redialDelayMs = 20;

interface Dial {
  readonly abort: AbortController;
  readonly link: Promise<Link>;
  /** Known as soon as the other side introduced itself. */
  peer: Hello | undefined;
}

/** Counters of an endpoint. */
export interface EndpointStats {
  readonly links: number;
  /** Connections that were accepted and then refused, since the start. */
  readonly refusedConnections: number;
  /** What goes over the links that are open, by channel, all of them together; of round trips the longest. */
  readonly channels: Readonly<Record<string, ChannelStats>>;
}

/**
 * A node's door to the network: accepts and dials peers, and keeps exactly one {@link Link} to each of them.
 *
 * @example
 * const endpoint = new Endpoint({ runtime, transport, identity, secret, listen: { host: "127.0.0.1", port: 0 }, handlers });
 * await endpoint.start();
 * const link = await endpoint.connect({ host: "127.0.0.1", port: 7450 });
 * link.send("control", new TextEncoder().encode("hello"));
 */
export class Endpoint {
  readonly #runtime: Runtime;
  readonly #transport: Transport;
  readonly #handlers: EndpointHandlers;
  readonly #admit: (peer: PeerIdentity) => Refusal | undefined;
  readonly #settings: EndpointSettings;
  readonly #links = new LinkTable();
  readonly #dials = new Map<string, Dial>();
  readonly #connections = new Set<Connection>();
  readonly #handshakes = new Set<Connection>();
  readonly #quota = new ConnectionQuota();
  readonly #security: EndpointSecurity;
  readonly #versions: VersionRange;
  readonly #slice: ReadingSlice;
  readonly #pool = new FramePool();
  readonly #reliable: ReliablePeers;
  /** What every hello says of this node's channels. */
  readonly #terms: Uint8Array;
  #incarnation: number;
  /** Aborted with every change of incarnation and on close; ends dials that speak for the old one. */
  #generation = new AbortController();
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;
  #onAllGone: (() => void) | undefined;

  /** @throws {TransportError} `invalidOption`. */
  constructor(options: EndpointOptions) {
    this.#runtime = options.runtime;
    this.#transport = options.transport;
    this.#handlers = options.handlers;
    this.#admit = options.admit ?? (() => undefined);
    this.#settings = readEndpointOptions(options);
    this.#incarnation = this.#settings.identity.incarnation;
    const { runtime, transport, authorize, audit, versions = protocolVersions } = options;
    const { identity, secrets } = this.#settings;
    this.#security = new EndpointSecurity({ runtime, transport, identity, secrets, authorize, audit });
    this.#versions = versions;
    this.#slice = new ReadingSlice(options.runtime);
    this.#reliable = new ReliablePeers(options.runtime);
    this.#terms = encodeTerms(this.#settings.channels);
  }

  /** Where others dial this node. @throws {TransportError} `closed` before {@link start}. */
  get address(): PeerAddress {
    const address = this.#listener && (this.#settings.advertise ?? this.#listener.address);
    if (!address) throw new TransportError("closed", "The endpoint has no address yet; await start() first.");
    return address;
  }

  /** Which life of the node this endpoint speaks for. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Starts to listen. @throws {TransportError} `addressInUse`, `addressNotAvailable`, `invalidTls` or `closed`. */
  async start(): Promise<void> {
    if (this.#listener || this.#closing) {
      throw new TransportError("closed", "An endpoint starts once; create a new one.");
    }
    await this.#security.load();
    const listener = await this.#transport.listen(
      this.#settings.listen,
      (connection) => this.#accept(connection),
      (remoteHost, refusal) => this.#security.audit.addRefusal(remoteHost, refusal),
    );
    this.#listener = listener;
    if (this.#closing) await listener.close();
    else this.#security.watch();
  }

  /**
   * The link to the node at `address`: the one that is there, or a new one.
   *
   * @throws {TransportError} `connectionRefused`, `unreachable`, `timeout`, `unauthenticated`, `wrongCluster`,
   *   `versionMismatch`, `certificateRejected`, `forbidden`, `declaredDead`, `duplicateNode`, `self`, `protocol` or `closed`.
   */
  connect(address: PeerAddress): Promise<Link> {
    if (this.#closing || !this.#listener) {
      return Promise.reject(new TransportError("closed", "The endpoint is not running; nothing was dialed."));
    }
    const known = this.#links.at(address);
    if (known) return Promise.resolve(known);
    const key = formatAddress(address);
    const underWay = this.#dials.get(key);
    if (underWay) return underWay.link;
    const { promise, resolve, reject } = Promise.withResolvers<Link>();
    const dial: Dial = { abort: new AbortController(), link: promise, peer: undefined };
    this.#dials.set(key, dial);
    this.#dial(dial, address)
      .finally(() => this.#dials.delete(key))
      .then(resolve, reject);
    return promise;
  }

  /** The link to a node; `undefined` when there is none. */
  link(nodeId: string): Link | undefined {
    return this.#links.get(nodeId);
  }

  /** The link to the node that can be dialed at `address`; `undefined` when there is none. */
  linkAt(address: PeerAddress): Link | undefined {
    return this.#links.at(address);
  }

  /** All links. */
  links(): Iterable<Link> {
    return [...this.#links];
  }

  /**
   * Accepts a message for a reliable channel to a peer whose link was lost: it is sent when the two are linked again, in this
   * life of both.
   *
   * @returns `false` when the channel is of another kind, or that life of the peer is not remembered: nothing was accepted.
   * @throws {TransportError} `messageTooLarge` or `overloaded`.
   */
  sendLater(
    peer: Pick<PeerIdentity, "nodeId" | "incarnation">,
    message: Uint8Array,
    { channel, route }: { readonly channel: string; readonly route: number },
  ): boolean {
    const options = this.#settings.channels.find(({ name }) => name === channel);
    return options?.kind === "reliable" && this.#reliable.keep(peer, message, { options, route });
  }

  /** Gives up what waits for `nodeId` on reliable channels: it will not be back in this life. */
  forget(nodeId: string): void {
    this.#reliable.forget(nodeId);
  }

  /** Counters since the start. */
  stats(): EndpointStats {
    const channels: Record<string, ChannelStats> = {};
    for (const link of this.#links) {
      for (const [name, stats] of Object.entries(link.stats().channels)) {
        channels[name] = sumOfChannels(channels[name], stats);
      }
    }
    return { links: this.#links.size, refusedConnections: this.#security.audit.refused, channels };
  }

  /** Speaks for a new incarnation from now on: every link is closed, and dials under way fail with `closed`. */
  rejoin(incarnation: number): void {
    if (!Number.isSafeInteger(incarnation) || incarnation <= this.#incarnation) {
      throw new TransportError(
        "invalidOption",
        `Incarnation ${incarnation} does not follow ${this.#incarnation}; give a higher integer.`,
      );
    }
    this.#incarnation = incarnation;
    this.#abandonHandshakes("rejoining");
    for (const link of this.links()) link.close(closeCode.normal, "rejoining with a new incarnation");
    this.#reliable.forget();
  }

  /**
   * Puts other secrets in the place of those in use: the first one signs, all of them are accepted. Links stay as they are.
   *
   * To change a cluster's secret without stopping it, on every node in turn: `[old, new]`; then `[new, old]`; then `[new]`.
   *
   * @throws {TransportError} `invalidOption`.
   */
  rotateSecret(secret: SecretInput): void {
    this.#security.rotateSecret(secret);
  }

  /**
   * Reads the certificates' files again and uses them for new connections. Links stay as they are.
   *
   * @throws {TransportError} `invalidTls` when they cannot be used, or there is no TLS; those in use stay in use then.
   */
  reloadTls(): Promise<void> {
    return this.#security.reloadTls();
  }

  /** Says goodbye to every peer and closes everything. Resolves when no handle is left. */
  close(reason = "closed"): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: string): Promise<void> {
    // The caller's promise has to be in place before handlers run and ask for it.
    await Promise.resolve();
    this.#security.stop();
    this.#abandonHandshakes(reason);
    for (const link of [...this.#links]) link.leave(reason);
    this.#reliable.forget();
    if (this.#connections.size > 0) await this.#connectionsGone();
    for (const connection of this.#connections) connection.terminate();
    await this.#listener?.close();
  }

  #connectionsGone(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#runtime.setTimer(closeGraceMs, resolve);
      this.#onAllGone = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #abandonHandshakes(reason: string): void {
    this.#generation.abort();
    this.#generation = new AbortController();
    for (const dial of this.#dials.values()) dial.abort.abort();
    for (const connection of this.#handshakes) connection.close(closeCode.normal, reason);
  }

  async #dial(dial: Dial, address: PeerAddress): Promise<Link> {
    const { signal } = dial.abort;
    const deadline = this.#runtime.now() + this.#settings.handshakeTimeoutMs;
    for (let delayMs = redialDelayMs; ; delayMs *= 2) {
      const leftMs = Math.max(1, deadline - this.#runtime.now());
      const outcome = await this.#attempt(dial, address, leftMs).catch((error: unknown) => {
        if (error instanceof LinkExists) return error;
        throw error;
      });
      if (!(outcome instanceof LinkExists)) return outcome;
      // Usually the other side's own dial is about to be accepted here. Else it holds a link that ended here already.
      const nodeId = dial.peer?.nodeId ?? "";
      dial.peer = undefined;
      const link = await this.#linkWithin(
        nodeId,
        Math.min(delayMs, Math.max(0, deadline - this.#runtime.now())),
        signal,
      );
      if (link) return link;
      if (this.#runtime.now() >= deadline) {
        throw new TransportError(
          "timeout",
          `${formatAddress(address)} still holds an earlier link to this node; dial again once it has noticed its end.`,
        );
      }
    }
  }

  #attempt(dial: Dial, address: PeerAddress, timeoutMs: number): Promise<Link> {
    const linkId = this.#runtime.randomBytes(linkIdBytes);
    return openConnection<Link>({
      ...this.#dialing(address, timeoutMs, dial.abort.signal),
      handshake: (connection) => this.#handshake(connection, { linkId, channel: controlChannel, connectionIndex: 0 }),
      decide: (peer, connection) => {
        dial.peer = peer;
        return this.#refuseCertificate(peer, connection, address) ?? this.#refuseDialed(peer, address);
      },
      establish: (peer, connection) => {
        const known = this.#links.get(peer.nodeId);
        if (known && known.peer.incarnation >= peer.incarnation) {
          connection.close(closeCode.duplicate, duplicateReason.link);
          return known;
        }
        return this.#establish(peer, connection, { linkId, initiatedHere: true });
      },
    });
  }

  /** The options that all dials share. */
  #dialing(address: PeerAddress, timeoutMs: number, signal: AbortSignal) {
    return {
      runtime: this.#runtime,
      transport: this.#transport,
      address,
      timeoutMs,
      signal,
      authorize: this.#security.authorize && ((peer: Hello, on: Connection) => this.#refuseByUser(peer, on, address)),
      onOutlived: (newest: number): void => this.#handlers.onOutlived?.(newest),
      onOpen: (connection: Connection): void => void this.#connections.add(connection),
      onGone: (connection: Connection): void => this.#gone(connection),
    };
  }

  #handshake(connection: Connection, about: { linkId: Uint8Array; channel: string; connectionIndex: number }) {
    const { cluster, nodeId } = this.#settings.identity;
    return {
      ...this.#security.handshake(connection),
      hello: {
        versions: this.#versions,
        cluster,
        nodeId,
        incarnation: this.#incarnation,
        address: this.address,
        nonce: this.#runtime.randomBytes(nonceBytes),
        extension: this.#terms,
        ...about,
      },
    };
  }

  #refuseCertificate(peer: Hello, connection: Connection, address: PeerAddress): DialRefusal | undefined {
    const refusal = this.#security.refuse(peer, connection);
    return refusal && { refusal, error: closeError(address, refusal.code, refusal.reason) };
  }

  async #refuseByUser(peer: Hello, connection: Connection, address: PeerAddress): Promise<DialRefusal | undefined> {
    const refusal = await this.#security.authorize?.(peer, connection, false);
    return refusal && { refusal, error: closeError(address, refusal.code, `refused here: ${refusal.reason}`) };
  }

  /** The initiator's check, before it proves anything. */
  #refuseDialed(peer: Hello, address: PeerAddress): DialRefusal | undefined {
    const at = formatAddress(address);
    if (peer.nodeId === this.#settings.identity.nodeId) {
      const isSelf = peer.incarnation === this.#incarnation;
      return {
        refusal: { code: closeCode.duplicate, reason: duplicateReason.node },
        error: isSelf
          ? new TransportError("self", `${at} is this node itself; leave it out of the addresses to dial.`)
          : new TransportError("duplicateNode", `${at} uses this node's id ${peer.nodeId}; give each node its own id.`),
      };
    }
    const refusal = this.#refuseByLink(peer) ?? this.#admit(identityOf(peer)) ?? this.#refuseByTerms(peer);
    if (!refusal) return undefined;
    if (refusal.code === closeCode.channelMismatch || refusal.code === closeCode.malformed) {
      return { refusal, error: closeError(address, refusal.code, refusal.reason) };
    }
    if (refusal.reason === duplicateReason.link) return { refusal, error: new LinkExists() };
    return {
      refusal,
      error:
        refusal.code === closeCode.duplicate
          ? new TransportError(
              "duplicateNode",
              `${at} claims to be ${peer.nodeId}, which is linked at another address.`,
            )
          : new TransportError("declaredDead", `${at} is not admitted here: ${refusal.reason}.`),
    };
  }

  /** What the link that is there, if any, means for one more from `peer`. */
  #refuseByLink(peer: Hello): Refusal | undefined {
    const known = this.#links.get(peer.nodeId)?.peer;
    if (!known) return undefined;
    if (known.incarnation > peer.incarnation) {
      return { code: closeCode.declaredDead, reason: "a newer incarnation of the node is here" };
    }
    const isSameAddress = formatAddress(known.address) === formatAddress(peer.address);
    // Somebody else under the same id. Were the first one dead, its link would break or be closed, and this one dials again.
    if (!isSameAddress) return { code: closeCode.duplicate, reason: duplicateReason.node };
    // Two processes cannot listen at one address, so a newer incarnation there means that the older one has ended.
    return known.incarnation === peer.incarnation
      ? { code: closeCode.duplicate, reason: duplicateReason.link }
      : undefined;
  }

  /** The channels of a link with `peer`, or why there can be none. */
  #agree(peer: Hello): AgreedChannel[] | Refusal {
    try {
      const terms = peer.extension === undefined ? undefined : decodeTerms(peer.extension);
      const agreed = agree(this.#settings.channels, terms);
      return typeof agreed === "string" ? { code: closeCode.channelMismatch, reason: agreed } : agreed;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return { code: closeCode.malformed, reason: "malformed terms" };
    }
  }

  #refuseByTerms(peer: Hello): Refusal | undefined {
    const agreed = this.#agree(peer);
    return "code" in agreed ? agreed : undefined;
  }

  #accept(connection: Connection): void {
    const release = this.#quota.take(connection.remoteHost);
    if (this.#closing || !this.#listener || !release) {
      connection.attach({ onFrame() {}, onDrain() {}, onClose() {} });
      const refusal = { code: 1013, reason: "too many handshakes" };
      if (!release) this.#security.audit.addRefusal(connection.remoteHost, refusal);
      release?.();
      connection.terminate();
      return;
    }
    this.#connections.add(connection);
    this.#handshakes.add(connection);
    const { authorize } = this.#security;
    acceptConnection(connection, {
      runtime: this.#runtime,
      handshake: this.#handshake(connection, {
        linkId: new Uint8Array(linkIdBytes),
        channel: controlChannel,
        connectionIndex: 0,
      }),
      timeoutMs: this.#settings.handshakeTimeoutMs,
      decide: (peer) =>
        this.#security.refuse(peer, connection) ??
        (beginsLink(peer) ? this.#refuseLink(peer) : this.#refuseChannel(peer)),
      authorize: authorize && ((peer) => authorize(peer, connection, true)),
      establish: (peer) => {
        this.#auditAccepted(peer, connection);
        if (beginsLink(peer)) {
          this.#establish(peer, connection, { linkId: peer.linkId, initiatedHere: false });
        } else {
          this.#links.get(peer.nodeId)?.attach(peer.channel, peer.connectionIndex, connection);
        }
      },
      onOutlived: (newest) => this.#handlers.onOutlived?.(newest),
      onRefused: ({ remoteHost }, refusal, peer) => {
        // Two nodes that dial each other at the same time are no news.
        if (refusal.reason !== duplicateReason.link) this.#security.audit.addRefusal(remoteHost, refusal, peer?.nodeId);
      },
      onSettled: () => {
        this.#handshakes.delete(connection);
        release();
      },
      onGone: (gone) => this.#gone(gone),
    });
  }

  #auditAccepted({ nodeId, incarnation, channel }: Hello, { remoteHost, security }: Connection): void {
    const subject = security?.certificate?.subject;
    const isEncrypted = security !== undefined;
    this.#security.audit.add({ kind: "accepted", nodeId, incarnation, channel, remoteHost, isEncrypted, subject });
  }

  /** The responder's check of a new link, after the initiator proved itself. */
  #refuseLink(peer: Hello): Refusal | undefined {
    const own = this.#settings.identity.nodeId;
    if (peer.nodeId === own) return { code: closeCode.duplicate, reason: duplicateReason.node };
    const byLink = this.#refuseByLink(peer);
    if (byLink) return byLink;
    // Both sides dial at once: the dial of the smaller id wins, and both sides know which one that is.
    for (const dial of this.#dials.values()) {
      if (dial.peer?.nodeId === peer.nodeId && dial.peer.incarnation === peer.incarnation && own < peer.nodeId) {
        return { code: closeCode.duplicate, reason: duplicateReason.link };
      }
    }
    return this.#admit(identityOf(peer)) ?? this.#refuseByTerms(peer);
  }

  /** The responder's check of a further connection of a link. */
  #refuseChannel(peer: Hello): Refusal | undefined {
    const link = this.#links.get(peer.nodeId);
    if (!link || link.peer.incarnation !== peer.incarnation || !Buffer.from(link.linkId).equals(peer.linkId)) {
      return { code: closeCode.unknownChannel, reason: "no such link" };
    }
    if (!link.awaits(peer.channel, peer.connectionIndex)) {
      return { code: closeCode.unknownChannel, reason: "no such channel, or it is open" };
    }
    return undefined;
  }

  #establish(peer: Hello, connection: Connection, how: { linkId: Uint8Array; initiatedHere: boolean }): Link {
    const channels = this.#agree(peer);
    // It was asked before, when the peer was decided about.
    if ("code" in channels) throw new Error(`no terms with ${peer.nodeId}: ${channels.reason}`);
    this.#links.get(peer.nodeId)?.supersede(peer.incarnation);
    const identity = identityOf(peer);
    this.#reliable.linked(identity);
    const link = new PeerLink({
      runtime: this.#runtime,
      peer: identityOf(peer),
      ...how,
      channels,
      slice: this.#slice,
      pool: this.#pool,
      streamOf: (key) => this.#reliable.stream(identity, key),
      dialChannel: (of, channel, connectionIndex) => this.#dialChannel(of, channel, connectionIndex),
      onMessage: (from, channel, message) => this.#handlers.onMessage(from, channel, message),
      onDown: (down, reason) => this.#down(down, reason),
      onConnectionGone: (gone) => this.#gone(gone),
    });
    link.attach(controlChannel, 0, connection);
    this.#links.add(link);
    link.openEagerChannels();
    this.#handlers.onLink(link);
    this.#links.announce(link);
    return link;
  }

  #dialChannel(link: PeerLink, channel: string, connectionIndex: number): void {
    openConnection({
      ...this.#dialing(link.peer.address, this.#settings.handshakeTimeoutMs, this.#generation.signal),
      handshake: (connection) => this.#handshake(connection, { linkId: link.linkId, channel, connectionIndex }),
      decide: (peer, connection) => {
        const certificate = this.#refuseCertificate(peer, connection, link.peer.address);
        if (certificate) return certificate;
        const isSame = peer.nodeId === link.peer.nodeId && peer.incarnation === link.peer.incarnation;
        if (isSame && link.isOpen) return undefined;
        const error = new TransportError("protocol", `${peer.nodeId} answers where ${link.peer.nodeId} did before.`);
        return { refusal: { code: closeCode.normal, reason: "not the node of this link" }, error };
      },
      establish: (_peer, connection) => link.attach(channel, connectionIndex, connection),
    }).catch((error: Error) => link.fail(error));
  }

  #down(link: PeerLink, reason: LinkDownReason): void {
    this.#links.delete(link);
    // Who left on purpose does not come back in this life.
    if (reason.kind === "goodbye") this.#reliable.forget(link.peer.nodeId);
    else this.#reliable.unlinked(link.peer);
    this.#handlers.onLinkDown(link, reason);
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onAllGone?.();
  }

  #linkWithin(nodeId: string, timeoutMs: number, signal: AbortSignal): Promise<Link | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        timer.cancel();
        stopWaiting();
        signal.removeEventListener("abort", onAbort);
        then();
      };
      const onAbort = (): void =>
        settle(() => reject(new TransportError("closed", `The dial to ${nodeId} was given up here.`)));
      const stopWaiting = this.#links.onceLinked(nodeId, (link) => settle(() => resolve(link)));
      const timer: Timer = this.#runtime.setTimer(timeoutMs, () => settle(() => resolve(this.#links.get(nodeId))));
      signal.addEventListener("abort", onAbort);
      const known = this.#links.get(nodeId);
      if (known) settle(() => resolve(known));
      else if (signal.aborted) onAbort();
    });
  }
}

/** The first connection of `control` is the link's first. */
function beginsLink({ channel, connectionIndex }: Hello): boolean {
  return channel === controlChannel && connectionIndex === 0;
}

function identityOf({ nodeId, incarnation, address }: Hello): PeerIdentity {
  return { nodeId, incarnation, address };
}
