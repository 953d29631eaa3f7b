import {
  type ActorSystem,
  callGuarded,
  checkValue,
  counted,
  endingQuietly,
  inspectAs,
  optionRule,
  type ProgramEvents,
  type Runtime,
  type Timer,
} from "@foundation/actor";
import {
  type ByteReader,
  closeCode,
  Endpoint,
  type EndpointIdentity,
  formatAddress,
  type Link,
  type LinkDownReason,
  type PeerIdentity,
  type Refusal,
  TransportError,
} from "@foundation/transport";
import { BoundedWaits } from "./bounded-waits.ts";
import {
  type ClusterOptions,
  checkClusterOptions,
  firstCopiesMs,
  formingMsMax,
  joinTimeoutMs,
} from "./cluster-options.ts";
import { FailureDetector } from "./detection/failure-detector.ts";
import type { FailureDetectorOptions } from "./detection/failure-detector-options.ts";
import { LostPeers } from "./detection/lost-peers.ts";
import { ClusterError } from "./errors.ts";
import { type CopyHolder, copyHolderTable, FirstCopies } from "./parts/first-copies.ts";
import { type NodeProtocol, type NodeProtocolOptions, NodeProtocols } from "./parts/node-protocols.ts";
import { ActorMessages } from "./remote/actor-messages.ts";
import { messageKind } from "./remote/message-kind.ts";
import { PeerDialer } from "./topology/peer-dialer.ts";
import { Reconciler } from "./topology/reconciler.ts";
import type { Member, MembershipEvents } from "./view/member.ts";
import { MemberLog } from "./view/member-log.ts";
import { Membership } from "./view/membership.ts";
import { type MembershipMessage, membershipMessageSchema, membersPerMessageMax } from "./view/membership-message.ts";
import { checkLife, checkNodeId } from "./view/node-id.ts";
import { type ReadyOptions, whenReady } from "./view/ready.ts";

const ping = Uint8Array.of(messageKind.ping);
const pong = Uint8Array.of(messageKind.pong);

/** How far a node that was outlived by an earlier life of its own goes beyond that one, at most. Milliseconds: 17 minutes. */
const renewalSpreadMs = 2 ** 20;

/** Members that are asked whether they hear another one, at most. */
const inquiredMax = 10;

/**
 * One node's part in a cluster: finds and links the other nodes, knows who is a member, and carries messages to their
 * actors.
 *
 * @example
 * ```ts
 * const cluster = new Cluster({ system, transport, cluster: "shop", secret, listen, discovery: [new StaticDiscovery(seeds)] });
 * await cluster.start();
 * cluster.events.on("memberUp", (member) => console.log(member.nodeId));
 * ```
 */
export class Cluster {
  /** The cluster's name. */
  readonly name: string;
  readonly system: ActorSystem;
  readonly endpoint: Endpoint;
  /** Refs of actors on other nodes, and refs as values that can travel. */
  readonly messages: ActorMessages;
  readonly #runtime: Runtime;
  readonly #membership: Membership;
  readonly #memberLog: MemberLog;
  readonly #protocols: NodeProtocols;
  readonly #membershipProtocol: NodeProtocol<MembershipMessage>;
  readonly #detector: FailureDetector;
  readonly #lost: LostPeers;
  readonly #dialer: PeerDialer;
  readonly #reconciler: Reconciler;
  readonly #copies: FirstCopies;
  readonly #waits: BoundedWaits;
  /** Which life of each member has said whom it is linked to. */
  readonly #listsOf = new Map<string, number>();
  readonly #downAfterMs: number;
  #hasJoined = false;
  /** This node has not been through its first dials: that a peer is silent may be its own fault, so it judges nobody by that. */
  #isForming = true;
  #formingTimer: Timer | undefined;
  #isStopping = false;
  #stopping: Promise<void> | undefined;
  #hasStopped = false;
  readonly #stopHooks: (() => void)[] = [];

  /** @throws ActorError and TransportError `invalidOption`; ActorError `twoCopies` for a system of another copy of its package. */
  constructor(options: ClusterOptions) {
    const detection = checkClusterOptions(options);
    const { system, cluster, listen, advertise } = options;
    this.name = cluster;
    this.system = system;
    this.#runtime = system.runtime;
    this.#waits = new BoundedWaits(system.runtime);
    const identity = { cluster, nodeId: system.name, incarnation: Math.trunc(this.#runtime.wallTime()) };
    const self = { ...identity, address: advertise ?? listen };
    this.#membership = new Membership(self, system.log, () => this.#assertNotStopped());
    this.#memberLog = new MemberLog(this.#membership, this.#runtime, system.log);
    this.messages = new ActorMessages(system, this.#membership);
    this.endpoint = this.#createEndpoint(options, identity);
    system.knownChannels = new Set(this.endpoint.channelNames);
    this.messages.sendLater = (peer, message, way) => this.endpoint.sendLater(peer, message, way);
    this.messages.onRefused = (nodeId, refusal) => this.endpoint.messageRefused(nodeId, refusal);
    this.#protocols = new NodeProtocols(system.log, this.messages, this.endpoint);
    this.#membershipProtocol = this.#protocols.add({
      name: "membership",
      schema: membershipMessageSchema,
      receive: (message, nodeId) => this.#receiveMembership(message, nodeId),
    });
    this.#detector = this.#createDetector(detection);
    this.#downAfterMs = detection.downAfterMs;
    this.#lost = new LostPeers(this.#runtime, this.endpoint, detection.downAfterMs, {
      inquire: (peer) => this.#inquire(peer),
      mayJudgeSilence: () => !this.#isForming,
      declareDown: (peer) => this.#declareDown(peer, "its connection broke, and a new one cannot be made"),
    });
    this.#dialer = new PeerDialer(this.#runtime, this.endpoint, () => this.#copies.look());
    this.#reconciler = new Reconciler(this.#runtime, options.discovery, (addresses) =>
      this.#dialer.dialAll(addresses, "configured"),
    );
    this.#copies = new FirstCopies({
      runtime: this.#runtime,
      members: () => this.#membership.members().filter((member) => !member.isSelf && member.status === "up"),
      isLooking: () => this.#dialer.pending > 0,
    });
    this.#copies.add({
      name: "members",
      hasCopyOf: ({ nodeId, incarnation }) => this.#listsOf.get(nodeId) === incarnation,
    });
    this.#membership.events.attach("memberSuspect", () => this.#copies.look());
    this.#membership.events.attach("memberDown", ({ nodeId }) => {
      this.#listsOf.delete(nodeId);
      this.#copies.look();
    });
  }

  #createEndpoint(
    { transport, secret, listen, advertise, channels, authorize, audit }: ClusterOptions,
    identity: EndpointIdentity,
  ): Endpoint {
    return new Endpoint({
      runtime: this.#runtime,
      transport,
      identity,
      secret,
      listen,
      ...(advertise === undefined ? {} : { advertise }),
      ...(channels === undefined ? {} : { channels }),
      authorize,
      audit,
      admit: (peer) => this.#admit(peer),
      handlers: {
        onLink: (link) => this.#linkUp(link),
        onMessage: (link, channel, message) => this.#receive(link, channel, message),
        onLinkDown: (link, reason) => this.#linkDown(link, reason),
        onOutlived: (newest) => this.#outlived(newest),
      },
    });
  }

  #createDetector(detection: FailureDetectorOptions): FailureDetector {
    return new FailureDetector(this.#runtime, detection, {
      links: () => this.endpoint.links(),
      ping: (link) => this.#sendControl(link, ping),
      watch: (link, stalledMs) => link.watch(stalledMs),
      inquire: (link) => void this.#inquire(link.peer),
      trust: (link) => this.#membership.up(link.peer),
      suspect: (link) => this.#membership.suspect(link.peer.nodeId, link.peer.incarnation),
      // The next tick asks again.
      declareDown: (link) => {
        if (!this.#isForming) this.#declareDown(link.peer, `it has not answered for ${detection.downAfterMs} ms`);
      },
      giveUp: (link) => link.close(closeCode.normal, "nothing comes through this link"),
    });
  }

  // ---- what users see ----

  /** This node, as a member. */
  get self(): Member {
    return this.#membership.self;
  }

  /** The members this node knows, itself included, ordered by id. @throws ClusterError `stopped`. */
  members(): Member[] {
    this.#assertNotStopped();
    return this.#membership.members();
  }

  /** The member with this id. @throws ClusterError `stopped`; ActorError `invalidOption` for what is no id of a node. */
  member(nodeId: string): Member | undefined {
    this.#assertNotStopped();
    const member = this.#membership.get(nodeId);
    if (member === undefined) checkNodeId(nodeId);
    return member;
  }

  /** @internal The members, for the parts of this node: they may look for them after its end, too. */
  get view(): { members(): Member[]; get(nodeId: string): Member | undefined } {
    return this.#membership;
  }

  /** Whether {@link start} is through with looking for peers. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /**
   * Has {@link start} wait until a part of this node has a first copy of what each member says, within bounds.
   *
   * @returns to be called by the part whenever a copy is complete.
   * @throws ActorError `invalidOption`.
   */
  awaitCopies(holder: CopyHolder): () => void {
    copyHolderTable.check(holder);
    this.#copies.add(holder);
    return () => this.#copies.look();
  }

  /**
   * Whether this node has started and some part of it does not know yet what the members say that were found at the start: what
   * is not known here may exist all the same. Ends when all first copies are there, at the latest after a minute.
   */
  get isLearning(): boolean {
    return this.#copies.isLearning;
  }

  /** Whether this life of a node was a member here and is over. @throws ActorError `invalidOption`. */
  hasDeparted(nodeId: string, incarnation: number): boolean {
    checkLife(nodeId, incarnation);
    return this.#membership.hasDeparted(nodeId, incarnation);
  }

  /** Changes, as this node learns of them. A listener for none is refused: ActorError `invalidOption`; one after the end: `stopped`. */
  get events(): ProgramEvents<MembershipEvents> {
    return this.#membership.events;
  }

  /**
   * Starts to listen, announces this node and links what discovery finds.
   *
   * Returns when this node knows what the members know that discovery finds: after the first round of dials, at the latest after
   * 2 s, and after the first copies of what these members say, at the latest 2 s later; a little later while peers believe that an
   * earlier life of this node still runs. Peers that cannot be reached are tried again later.
   *
   * @throws TransportError `addressInUse`, `addressNotAvailable`; DiscoveryError when announcing fails; ClusterError `stopped`.
   */
  async start(): Promise<void> {
    this.#assertNotStopping();
    await this.endpoint.start();
    const { nodeId, incarnation } = this.self;
    const { address } = this.endpoint;
    this.#membership.renewSelf({ nodeId, incarnation, address });
    this.#detector.start();
    this.#copies.begin();
    try {
      await this.#reconciler.start({ cluster: this.name, nodeId, ...address });
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#assertNotStopping();
    await this.#join();
    this.#assertNotStopping();
    await this.#waits.atMost(firstCopiesMs, this.#copies.complete());
    this.#assertNotStopping();
    if (this.isLearning) this.#warnOfMissingCopies();
    this.#memberLog.started();
  }

  /**
   * Resolves when at least `size` members are up, this node included.
   *
   * @param timeoutMs milliseconds. Default 10 000.
   * @throws ClusterError `notReady` at the deadline, with the members there are; `stopped` when this node stops or leaves.
   */
  ready(options: ReadyOptions): Promise<void> {
    const port = { runtime: this.#runtime, stopped: () => this.#stopped() };
    return endingQuietly(whenReady(this.#membership, options, port));
  }

  /** Adds a protocol between the same parts of all nodes. @throws ClusterError `protocolTaken`, `stopped`. */
  protocol<Payload>(options: NodeProtocolOptions<Payload>): NodeProtocol<Payload> {
    this.#assertNotStopped();
    return this.#protocols.add(options);
  }

  /** Has `hook` called when this node has stopped: a part of it gives up what waits. */
  onStop(hook: () => void): void {
    checkValue("the hook of onStop()", hook, optionRule.callback);
    this.#stopHooks.push(hook);
  }

  /** Tells everybody that this node takes no new work and will stop. Idempotent. */
  leave(): void {
    if (this.self.status === "leaving") return;
    this.#reconciler.stop();
    this.#membershipProtocol.broadcast({ kind: "leaving" });
    this.#membership.leaving(this.self.nodeId);
  }

  /** Leaves, says goodbye on every link and gives up all sockets and timers. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** A peer that still believes in an earlier life of this node finds out as soon as its failure detector does. */
  async #join(): Promise<void> {
    await this.#waits.atMost(joinTimeoutMs, this.#dialer.settled());
    if (this.#dialer.isRemembered) await this.#waits.atMost(this.#downAfterMs, this.#dialer.settled());
    if (this.#stopping !== undefined) return;
    this.#dialer.endJoining();
    this.#endFormingWith(this.#dialer.settled());
    this.#hasJoined = true;
    this.events.announce("joined");
  }

  #endFormingWith(dials: Promise<void>): void {
    const end = (): void => {
      this.#isForming = false;
      this.#formingTimer?.cancel();
    };
    this.#formingTimer = this.#runtime.setTimer(formingMsMax, end, { background: true });
    void dials.then(end);
  }

  #warnOfMissingCopies(): void {
    const missing = this.#copies.missing();
    if (missing.length === 0) {
      const why = "addresses that were found have not answered yet";
      this.system.log.info("started while peers are still looked for; names that are not found wait", { why });
      return;
    }
    this.system.log.warn("started without all that the members know; names that are not found wait", {
      missing: missing.slice(0, 10).join(", "),
      count: missing.length,
    });
  }

  async #stop(): Promise<void> {
    this.leave();
    this.#isStopping = true;
    this.#detector.stop();
    this.#lost.stop();
    this.#dialer.stop();
    this.#formingTimer?.cancel();
    this.#copies.end();
    this.#waits.stop();
    try {
      await this.#reconciler.withdraw();
    } finally {
      await this.endpoint.close("node stopped");
      this.#hasStopped = true;
      for (const hook of this.#stopHooks) callGuarded(this.system.log, { event: "onStop", listener: hook }, hook);
    }
    if (this.#hasJoined) this.system.log.info("node stopped", {});
  }

  #assertNotStopping(): void {
    if (this.#stopping !== undefined) throw this.#stopped();
  }

  #assertNotStopped(): void {
    if (this.#hasStopped) throw this.#stopped();
  }

  #stopped(): ClusterError {
    const text = `node ${this.self.nodeId} ${this.#hasStopped ? "has stopped" : "is stopping"}; start another one`;
    return new ClusterError("stopped", text);
  }

  // ---- links ----

  #admit(peer: PeerIdentity): Refusal | undefined {
    const newest = this.#membership.newestIncarnation(peer.nodeId);
    if (peer.incarnation >= newest || peer.nodeId === this.self.nodeId) return undefined;
    const refusal = { code: closeCode.declaredDead, reason: `incarnation ${newest} of this node was here already` };
    // While the newer life may still run, at another address, this is somebody else under its name.
    const member = this.#membership.get(peer.nodeId);
    const isOver = member === undefined || formatAddress(member.address) === formatAddress(peer.address);
    return isOver ? { ...refusal, outlivedBy: newest } : refusal;
  }

  /**
   * This node was restarted with its clock set back: its life looks older than one that others saw the end of. It takes the
   * next higher incarnation, as memberlist's refutation does (SWIM, Das et al. 2002, section 4.2).
   */
  #outlived(newest: number): void {
    const { nodeId, incarnation, address } = this.self;
    if (this.#isStopping || newest < incarnation || newest >= Number.MAX_SAFE_INTEGER) return;
    this.system.log.warn("a later life of this node was known: it goes on as a newer one", { incarnation, newest });
    // Not simply the next one: two lives that are told of the same earlier one must not take the same number.
    const renewed = newest + 1 + Math.floor(this.system.runtime.random() * renewalSpreadMs);
    this.#membership.renewSelf({ nodeId, incarnation: renewed, address });
    this.endpoint.rejoin(renewed);
  }

  #linkUp(link: Link): void {
    this.#lost.found(link.peer.nodeId);
    this.#dialer.linked(link.peer.address);
    this.messages.linkUp(link);
    this.#membership.linked(link.peer);
    const others = [...this.endpoint.links()].filter((other) => other !== link).map((other) => other.peer.address);
    for (let at = 0; at === 0 || at < others.length; at += membersPerMessageMax) {
      const members = others.slice(at, at + membersPerMessageMax);
      const isLast = at + membersPerMessageMax >= others.length;
      this.#membershipProtocol.send(link.peer.nodeId, { kind: "members", members, isLast });
    }
    if (this.self.status === "leaving") this.#membershipProtocol.send(link.peer.nodeId, { kind: "leaving" });
  }

  #linkDown(link: Link, reason: LinkDownReason): void {
    this.messages.linkDown(link);
    if (this.#isStopping) return;
    const { nodeId, incarnation } = link.peer;
    const member = this.#membership.get(nodeId);
    if (member?.incarnation !== incarnation) return;
    if (reason.kind === "goodbye") return this.#membership.down(member, "left");
    if (reason.kind === "superseded") return this.#membership.down(member, "superseded");
    this.system.log.debug("link lost", { to: nodeId, reason: reason.kind });
    this.#membership.suspect(nodeId, incarnation);
    this.#lost.search(link.peer);
  }

  #receive(link: Link, channel: string, reader: ByteReader): void {
    const kind = reader.u8();
    if (kind === messageKind.ping) return this.#sendControl(link, pong);
    if (kind === messageKind.pong) return;
    if (kind === messageKind.protocol) return this.#protocols.receive(link, reader);
    const session = this.messages.session(link.peer.nodeId, link.peer.incarnation);
    if (session?.receive(kind, reader, channel)) return;
    this.system.log.debug("unknown message kind ignored", { from: link.peer.nodeId, kind });
  }

  #sendControl(link: Link, message: Uint8Array): void {
    // A full control queue says more about the peer than one more ping would; silence does the rest.
    if (link.isOpen) ignoreOverload(() => link.send("control", message, { isReserved: true }));
  }

  // ---- membership ----

  #receiveMembership(message: MembershipMessage, from: string): void {
    switch (message.kind) {
      case "members":
        return this.#heardOfMembers(message, from);
      case "leaving":
        return this.#membership.leaving(from);
      case "down":
        return this.#heardOfDeath(message, from);
      case "inquire":
        return this.#answerInquiry(message, from);
      case "heard":
        return this.#inquiryAnswered(message);
      default:
        message satisfies never;
    }
  }

  #heardOfMembers({ members, isLast }: Extract<MembershipMessage, { kind: "members" }>, from: string): void {
    this.#dialer.dialAll(members);
    const member = this.#membership.get(from);
    if (isLast && member !== undefined) this.#listsOf.set(from, member.incarnation);
    this.#copies.look();
  }

  /** Another member's verdict. It is believed unless this node hears the accused; that one's silence is its own business. */
  #heardOfDeath({ nodeId, incarnation }: { nodeId: string; incarnation: number }, from: string): void {
    const member = this.#membership.get(nodeId);
    if (member?.incarnation !== incarnation || member.status === "up" || member.isSelf) return;
    // A leaving one stays so while it answers: its link, which this node sees the end of, says more.
    if (member.status === "leaving" && this.endpoint.link(nodeId)?.isOpen === true) return;
    this.#depart(member, `it does not answer here either, and ${from} has found it dead`);
  }

  #answerInquiry({ nodeId, incarnation }: { nodeId: string; incarnation: number }, from: string): void {
    const link = this.endpoint.link(nodeId);
    const isUp = link?.peer.incarnation === incarnation && this.#membership.get(nodeId)?.status !== "suspect";
    const agoMs = link !== undefined && isUp ? this.#detector.heardAgoMs(link) : null;
    this.#membershipProtocol.send(from, { kind: "heard", nodeId, incarnation, agoMs });
  }

  #inquiryAnswered({
    nodeId,
    incarnation,
    agoMs,
  }: {
    nodeId: string;
    incarnation: number;
    agoMs: number | null;
  }): void {
    this.#lost.answered(nodeId, incarnation, agoMs);
    const link = this.endpoint.link(nodeId);
    if (link !== undefined && agoMs !== null) this.#detector.vouched(link, agoMs);
  }

  /**
   * Asks members other than the one in question: all of a small cluster, some of a large one, picked at random (SWIM's k
   * members), because every member asks when one dies.
   */
  #inquire({ nodeId, incarnation }: PeerIdentity): number {
    const others = [...this.endpoint.links()].filter(({ peer }) => peer.nodeId !== nodeId);
    let asked = 0;
    while (others.length > 0 && asked < inquiredMax) {
      const [{ peer }] = others.splice(Math.floor(this.#runtime.random() * others.length), 1) as [Link];
      if (this.#membershipProtocol.send(peer.nodeId, { kind: "inquire", nodeId, incarnation })) asked++;
    }
    return asked;
  }

  #declareDown({ nodeId, incarnation }: PeerIdentity, why: string): void {
    const member = this.#membership.get(nodeId);
    if (member?.incarnation !== incarnation) return;
    this.#membershipProtocol.broadcast({ kind: "down", nodeId, incarnation });
    this.#depart(member, why);
  }

  #depart(member: Member, why: string): void {
    const { nodeId } = member;
    this.#lost.found(nodeId);
    // One that had said that it leaves has left, though its goodbye was lost.
    if (member.status === "leaving") this.#membership.down(member, "left");
    else this.#membership.down(member, "dead", why);
    this.endpoint.link(nodeId)?.close(closeCode.declaredDead, "declared dead: nothing was heard");
    this.endpoint.forget(nodeId);
  }
}

function ignoreOverload(send: () => void): void {
  try {
    send();
  } catch (error) {
    // Nothing was queued; see the caller.
    if (!(error instanceof TransportError)) throw error;
  }
}

inspectAs(
  Cluster,
  ({ name, system, view }) => `Cluster(${name}, ${system.name} of ${counted(view.members().length, "member")})`,
);
