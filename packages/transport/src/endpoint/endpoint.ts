import { types } from "node:util";
import { inspectAs, OptionTable, optionRule, shown } from "@foundation/actor/spi";
import { checkAddress, checkChannelName, checkNodeId, readOf } from "../check-address.ts";
import { TransportError } from "../errors.ts";
import { protocolVersions } from "../handshake/hello.ts";
import { type ChannelStats, type Link, type PeerIdentity, sumOfChannels } from "../link/link.ts";
import { refuseOption } from "../refuse-option.ts";
import type { MessageRefusal } from "../security/audit.ts";
import type { PeerOffences } from "../security/audit-trail.ts";
import { EndpointSecurity } from "../security/endpoint-security.ts";
import type { SecretInput } from "../security/secrets.ts";
import { formatAddress, type Listener, type PeerAddress, type Transport } from "../transport.ts";
import { Acceptor } from "./acceptor.ts";
import { Admission } from "./admission.ts";
import { Dialer } from "./dialer.ts";
import { type EndpointOptions, type EndpointSettings, readEndpointOptions } from "./endpoint-options.ts";
import { LinkTable } from "./link-table.ts";
import { Links } from "./links.ts";
import { LocalNode } from "./local-node.ts";
import { OpenConnections } from "./open-connections.ts";
import { OutgoingConnections } from "./outgoing-connections.ts";
import { ReliablePeers } from "./reliable-peers.ts";

/** Time for connections to close by themselves before they are dropped. */
const closeGraceMs = 500;

const { required, text, wholeNumber } = optionRule;

const laterTable = new OptionTable<{ readonly channel: string; readonly route: number }>(
  "sendLater()",
  { channel: required(text), route: required(wholeNumber()) },
  refuseOption,
);

const refusalTable = new OptionTable<MessageRefusal>(
  "messageRefused()",
  { recipient: required(text), method: required(text), code: required(text), reason: required(text) },
  refuseOption,
);

/** What a message to a peer without a link is kept for. */
type PeerLife = Pick<PeerIdentity, "nodeId" | "incarnation">;

/** Refuses what {@link Endpoint.sendLater} cannot be given. @throws {TransportError} `invalidOption`. */
function checkLater(peer: PeerLife, message: Uint8Array, way: unknown): void {
  if (typeof peer !== "object" || peer === null) throw refuseOption(`sendLater(): the peer is ${shown(peer)}`);
  checkNodeId("sendLater()", readOf(peer, "nodeId"));
  const incarnation = readOf(peer, "incarnation");
  if (!Number.isSafeInteger(incarnation))
    throw refuseOption(`sendLater(): incarnation is ${shown(incarnation)}; allowed: a whole number`);
  if (!types.isUint8Array(message))
    throw refuseOption(`sendLater(): the message is ${shown(message)}; allowed: a Uint8Array`);
  laterTable.check(way);
}

/** Counters of an endpoint. */
export interface EndpointStats {
  readonly links: number;
  /** Connections that were refused here, since the start. */
  readonly refusedConnections: number;
  /** Messages of members that were not handled, since the start. */
  readonly refusedMessages: number;
  /** Links that ended because a member's bytes mean nothing, since the start. */
  readonly malformedLinks: number;
  /** The last two by node id, of up to 4 096 members; those that did nothing wrong are absent. */
  readonly offences: Readonly<Record<string, PeerOffences>>;
  /** What goes over the links that are open, by channel, all of them together; of round trips the longest. */
  readonly channels: Readonly<Record<string, ChannelStats>>;
}

/**
 * A node's door to the network: accepts and dials peers, and keeps exactly one {@link Link} to each of them.
 *
 * {@link Dialer} and {@link Acceptor} get connections through the handshake, {@link Admission} decides whose, {@link Links}
 * makes links of them, {@link EndpointSecurity} knows secrets and certificates.
 *
 * @example
 * const endpoint = new Endpoint({ runtime, transport, identity, secret, listen: { host: "127.0.0.1", port: 0 }, handlers });
 * await endpoint.start();
 * const link = await endpoint.connect({ host: "127.0.0.1", port: 7450 });
 * link.send("control", new TextEncoder().encode("hello"));
 */
export class Endpoint {
  readonly #transport: Transport;
  readonly #settings: EndpointSettings;
  readonly #security: EndpointSecurity;
  readonly #local: LocalNode;
  readonly #connections: OpenConnections;
  readonly #outgoing: OutgoingConnections;
  readonly #table: LinkTable;
  readonly #reliable: ReliablePeers;
  readonly #links: Links;
  readonly #dialer: Dialer;
  readonly #acceptor: Acceptor;
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {TransportError} `invalidOption`. */
  constructor(options: EndpointOptions) {
    const settings = readEndpointOptions(options);
    const { runtime, transport, handlers, admit, authorize, audit, versions = protocolVersions } = options;
    const { identity, secrets, channels, handshakeTimeoutMs } = settings;
    const onOutlived = (newest: number): void => handlers.onOutlived?.(newest);
    const security = new EndpointSecurity({ runtime, transport, identity, secrets, authorize, audit });
    const local = new LocalNode({ runtime, settings, versions, address: () => this.address });
    const connections = new OpenConnections(runtime);
    const outgoing = new OutgoingConnections({ runtime, transport, local, security, connections, onOutlived });
    const table = new LinkTable(runtime);
    const reliable = new ReliablePeers(runtime);
    const admission = new Admission({ local, links: table, channels, admit });
    const shared = { runtime, table, admission, outgoing, connections, handshakeTimeoutMs };
    const links = new Links({ ...shared, security, reliable, handlers });
    const dialer = new Dialer({ ...shared, local, links });
    const isRunning = (): boolean => this.#isRunning;
    this.#acceptor = new Acceptor({ ...shared, local, security, dialer, links, isRunning, onOutlived });
    this.#transport = transport;
    this.#settings = settings;
    this.#security = security;
    this.#local = local;
    this.#connections = connections;
    this.#outgoing = outgoing;
    this.#table = table;
    this.#reliable = reliable;
    this.#links = links;
    this.#dialer = dialer;
  }

  /** Where others dial this node. @throws {TransportError} `closed` before {@link start}. */
  get address(): PeerAddress {
    if (!this.#listener) throw new TransportError("closed", "The endpoint has no address yet; await start() first.");
    const { address } = this.#listener;
    const { host, port } = this.#settings.advertise ?? address;
    return { host, port: port === 0 ? address.port : port };
  }

  /** The channels that this node has; a link has those that its peer has, too. */
  get channelNames(): readonly string[] {
    return this.#settings.channels.map(({ name }) => name);
  }

  /** The largest message that this node has on a channel; a link may have less. Bytes; 0 for a channel that it does not have. @throws {TransportError} `invalidOption`. */
  messageBytesMax(channel: string): number {
    checkChannelName("messageBytesMax()", channel);
    return this.#settings.channels.find(({ name }) => name === channel)?.messageBytesMax ?? 0;
  }

  /** Which life of the node this endpoint speaks for. */
  get incarnation(): number {
    return this.#local.incarnation;
  }

  /** Starts to listen. @throws {TransportError} `addressInUse`, `addressNotAvailable`, `invalidTls`, `closed` or `stopped`. */
  async start(): Promise<void> {
    this.#assertNotStopped();
    if (this.#listener) {
      throw new TransportError("closed", "An endpoint starts once; create a new one.");
    }
    await this.#security.load();
    const listener = await this.#transport.listen(
      this.#settings.listen,
      (connection) => this.#acceptor.accept(connection),
      (remoteHost, refusal) => this.#security.audit.addRefusal(refusal, { remoteHost }),
    );
    this.#listener = listener;
    if (this.#closing) await listener.close();
    else this.#security.watch();
  }

  /**
   * The link to the node at `address`: the one that is there, or a new one.
   *
   * @throws {TransportError} `connectionRefused`, `unreachable`, `timeout`, `unauthenticated`, `wrongCluster`,
   *   `versionMismatch`, `certificateRejected`, `forbidden`, `declaredDead`, `duplicateNode`, `self`, `protocol`, `invalidOption`, `closed` or `stopped`.
   */
  async connect(address: PeerAddress): Promise<Link> {
    this.#assertNotStopped();
    checkAddress("connect()", address);
    if (this.#isRunning) return this.#dialer.connect(address);
    throw new TransportError("closed", "The endpoint is not running yet; nothing was dialed.");
  }

  /** The link to a node; `undefined` when there is none. @throws {TransportError} `invalidOption` for what is no id of a node. */
  link(nodeId: string): Link | undefined {
    const link = this.#table.get(nodeId);
    if (link === undefined) checkNodeId("link()", nodeId);
    return link;
  }

  /** The link to the node that can be dialed at `address`; `undefined` when there is none. */
  linkAt(address: PeerAddress): Link | undefined {
    checkAddress("linkAt()", address);
    return this.#table.at(address);
  }

  /** All links. */
  links(): Iterable<Link> {
    return [...this.#table];
  }

  /**
   * Accepts a message for a reliable channel to a peer whose link was lost: it is sent when the two are linked again, in this
   * life of both.
   *
   * @returns `false` when the channel is of another kind, or that life of the peer is not remembered: nothing was accepted.
   * @throws {TransportError} `messageTooLarge`, `overloaded` or `invalidOption`.
   */
  sendLater(peer: PeerLife, message: Uint8Array, way: { readonly channel: string; readonly route: number }): boolean {
    checkLater(peer, message, way);
    const { channel, route } = way;
    const options = this.#settings.channels.find(({ name }) => name === channel);
    return options?.kind === "reliable" && this.#reliable.keep(peer, message, { options, route });
  }

  /** Gives up what waits for `nodeId` on reliable channels: it will not be back in this life. @throws {TransportError} `invalidOption`. */
  forget(nodeId: string): void {
    checkNodeId("forget()", nodeId);
    this.#reliable.forget(nodeId);
  }

  /** For whoever reads a link's messages: one of them was not handled. It is counted, and audited once a minute. @throws {TransportError} `invalidOption`. */
  messageRefused(nodeId: string, refusal: MessageRefusal): void {
    checkNodeId("messageRefused()", nodeId);
    refusalTable.check(refusal);
    this.#security.audit.addMessageRefusal(nodeId, refusal);
  }

  /** Counters since the start. */
  stats(): EndpointStats {
    const channels: Record<string, ChannelStats> = Object.create(null);
    for (const link of this.#table) {
      for (const [name, stats] of Object.entries(link.stats().channels)) {
        channels[name] = sumOfChannels(channels[name], stats);
      }
    }
    const { totals, offences } = this.#security.audit;
    return { links: this.#table.size, ...totals, offences, channels };
  }

  /**
   * Speaks for a new incarnation from now on: every link is closed, and dials under way fail with `closed`.
   *
   * @throws {TransportError} `invalidOption` when it is not higher than the one before; `stopped`.
   */
  rejoin(incarnation: number): void {
    this.#assertNotStopped();
    this.#local.renew(incarnation);
    this.#abandonHandshakes("rejoining");
    this.#links.close("rejoining with a new incarnation");
  }

  /**
   * Puts other secrets in the place of those in use: the first one signs, all of them are accepted. Links stay as they are.
   *
   * To change a cluster's secret without stopping it, on every node in turn: `[old, new]`; then `[new, old]`; then `[new]`.
   *
   * @throws {TransportError} `invalidOption`, `stopped`; the secrets in use stay in use then.
   */
  rotateSecret(secret: SecretInput): void {
    this.#assertNotStopped();
    this.#security.rotateSecret(secret);
  }

  /**
   * Reads the certificates' files again and uses them for new connections. Links stay as they are.
   *
   * @throws {TransportError} `invalidTls` when they cannot be used, or there is no TLS; those in use stay in use then. `stopped`.
   */
  async reloadTls(): Promise<void> {
    this.#assertNotStopped();
    return this.#security.reloadTls();
  }

  /** Says goodbye to every peer and closes everything. Resolves when no handle is left. */
  async close(reason = "closed"): Promise<void> {
    if (typeof reason !== "string") throw refuseOption(`close(): reason is ${shown(reason)}; allowed: a string`);
    this.#closing ??= this.#close(reason);
    await this.#closing;
  }

  get #isRunning(): boolean {
    return this.#listener !== undefined && this.#closing === undefined;
  }

  #assertNotStopped(): void {
    if (this.#closing === undefined) return;
    throw new TransportError("stopped", `node ${this.#local.nodeId} has stopped; start another one`);
  }

  async #close(reason: string): Promise<void> {
    // The caller's promise has to be in place before handlers run and ask for it.
    await Promise.resolve();
    this.#security.stop();
    this.#abandonHandshakes(reason);
    this.#links.leave(reason);
    await this.#connections.end(closeGraceMs);
    await this.#listener?.close();
  }

  #abandonHandshakes(reason: string): void {
    this.#outgoing.abandon();
    this.#acceptor.abandon(reason);
  }
}

inspectAs(Endpoint, ({ address }) => `Endpoint(${formatAddress(address)})`);
