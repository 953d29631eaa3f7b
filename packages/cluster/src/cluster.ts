import type { ActorSystem, Runtime } from "@foundation/actor";
import { counted, endingQuietly, inspectAs, OptionTable, optionRule, ProgramEvents } from "@foundation/actor/spi";
import {
  Endpoint,
  type EndpointIdentity,
  type Link,
  type LinkDownReason,
  type LinkReceiver,
} from "@foundation/transport";
import { BoundedWaits } from "./bounded-waits.ts";
import { type ClusterOptions, checkClusterOptions, firstCopiesMs } from "./cluster-options.ts";
import type { Verdicts } from "./detection/verdicts.ts";
import { ClusterError } from "./errors.ts";
import { FirstCopies } from "./parts/first-copies.ts";
import type { NodePart, PartPort } from "./parts/node-part.ts";
import { NodeParts } from "./parts/node-parts.ts";
import { type NodeProtocol, type NodeProtocolOptions, NodeProtocols } from "./parts/node-protocols.ts";
import { ActorMessages } from "./remote/actor-messages.ts";
import { LinkMessages } from "./remote/link-messages.ts";
import type { RefKind } from "./remote/ref-kind.ts";
import { Joining } from "./topology/joining.ts";
import { PeerDialer } from "./topology/peer-dialer.ts";
import { Reconciler } from "./topology/reconciler.ts";
import { HybridClock } from "./view/hybrid-clock.ts";
import { Incarnations } from "./view/incarnations.ts";
import { type Member, type MemberChange, type MembershipEvents, membershipEventNames } from "./view/member.ts";
import { MemberLog } from "./view/member-log.ts";
import { Membership } from "./view/membership.ts";
import { MembershipProtocol } from "./view/membership-protocol.ts";
import { checkLife, checkNodeId } from "./view/node-id.ts";
import { type ReadyOptions, ReadyWaiters } from "./view/ready.ts";

const leaveTable = new OptionTable<{ readonly timeoutMs?: number }>("leave()", {
  timeoutMs: optionRule.either(optionRule.milliseconds({ min: 0 }), optionRule.infinite),
});

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
  /** Changes, as this node learns of them. A listener for none is refused: ActorError `invalidOption`; one after the end: `stopped`. */
  readonly events: ProgramEvents<MembershipEvents>;
  /** @internal The one clock of this node, whose stamps order what its parts do and hear of by cause. */
  readonly clock: HybridClock;
  readonly #runtime: Runtime;
  readonly #membership: Membership;
  readonly #memberLog: MemberLog;
  readonly #parts: NodeParts;
  readonly #protocols: NodeProtocols;
  readonly #membershipProtocol: MembershipProtocol;
  readonly #verdicts: Verdicts;
  readonly #incarnations: Incarnations;
  readonly #dialer: PeerDialer;
  readonly #reconciler: Reconciler;
  readonly #copies: FirstCopies;
  readonly #waits: BoundedWaits;
  readonly #ready: ReadyWaiters;
  readonly #joining: Joining;
  #isStopping = false;
  #leaving: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #hasStopped = false;

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
    this.clock = new HybridClock(() => this.#runtime.wallTime());
    this.events = new ProgramEvents<MembershipEvents>({
      what: "membership.events",
      names: membershipEventNames,
      storms: system.storms,
      assertOpen: () => this.#assertNotStopped(),
    });
    this.#parts = new NodeParts(system.storms);
    system.beforeExitSignals((cell) => this.#parts.actorEnded(cell));
    this.#joining = new Joining({ runtime: this.#runtime, waits: this.#waits, downAfterMs: detection.downAfterMs });
    this.#membership = new Membership(self, (change) => this.#memberChanged(change));
    this.#ready = new ReadyWaiters(this.#membership, { runtime: this.#runtime, stopped: () => this.#stopped() });
    this.#memberLog = new MemberLog(this.#membership, this.#runtime, system.log);
    this.#incarnations = new Incarnations({
      runtime: this.#runtime,
      log: system.log,
      membership: this.#membership,
      endpoint: () => this.endpoint,
    });
    this.endpoint = this.#createEndpoint(options, identity);
    const { endpoint } = this;
    this.messages = new ActorMessages({ system, membership: this.#membership, endpoint });
    this.#protocols = new NodeProtocols({
      log: system.log,
      storms: system.storms,
      codec: this.messages.codec,
      endpoint,
    });
    this.#dialer = new PeerDialer(this.#runtime, this.endpoint, () => this.#copies.look());
    this.#reconciler = new Reconciler(this.#runtime, options.discovery, (addresses) =>
      this.#dialer.dialAll(addresses, "configured"),
    );
    this.#copies = new FirstCopies({
      runtime: this.#runtime,
      parts: this.#parts,
      members: () => this.#membership.members().filter((member) => !member.isSelf && member.status === "up"),
      isLooking: () => this.#dialer.pending > 0,
    });
    this.#membershipProtocol = new MembershipProtocol({
      runtime: this.#runtime,
      detection,
      endpoint: this.endpoint,
      membership: this.#membership,
      protocols: this.#protocols,
      dialer: this.#dialer,
      mayJudgeSilence: () => !this.#joining.isForming,
      heardOfMembers: () => this.#copies.look(),
    });
    this.#verdicts = this.#membershipProtocol.verdicts;
    this.#parts.add({
      name: "members",
      hasCopyOf: (member) => this.#membershipProtocol.hasListOf(member),
      memberDown: ({ nodeId }) => this.#membershipProtocol.forget(nodeId),
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
      admit: (peer) => this.#incarnations.refusalOf(peer),
      handlers: {
        onLink: (link) => this.#linkUp(link),
        onOutlived: (newest) => {
          if (!this.#isStopping) this.#incarnations.outlived(newest);
        },
      },
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
  get view(): { members(): Member[]; readonly size: number; get(nodeId: string): Member | undefined } {
    return this.#membership;
  }

  /** Whether {@link start} is through with looking for peers. */
  get hasJoined(): boolean {
    return this.#joining.hasJoined;
  }

  /**
   * Adds a part to this node, after those that it is built on. {@link start} waits for its first copies, within bounds.
   *
   * @throws ActorError `invalidOption`; ClusterError `stopped`.
   */
  addPart(part: NodePart): PartPort {
    this.#assertNotStopped();
    this.#parts.add(part);
    return { copied: () => this.#copies.look(), tellProgram: (telling) => this.#parts.tellProgram(telling) };
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
    this.#verdicts.start();
    this.#copies.begin();
    try {
      await this.#reconciler.start({ cluster: this.name, nodeId, ...address });
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#assertNotStopping();
    if (await this.#joining.join(this.#dialer)) this.#joined();
    this.#assertNotStopping();
    await this.#waits.atMost(firstCopiesMs, this.#copies.complete());
    this.#assertNotStopping();
    if (this.isLearning) this.#copies.warnOfMissing(this.system.log);
    this.#memberLog.started();
  }

  /**
   * Resolves when at least `size` members are up, this node included.
   *
   * @param timeoutMs milliseconds. Default 10 000.
   * @throws ClusterError `notReady` at the deadline, with the members there are; `stopped` when this node stops or leaves.
   */
  ready(options: ReadyOptions): Promise<void> {
    return endingQuietly(this.#ready.until(options));
  }

  /** Adds a protocol between the same parts of all nodes. @throws ClusterError `protocolTaken`, `stopped`. */
  protocol<Payload>(options: NodeProtocolOptions<Payload>): NodeProtocol<Payload> {
    this.#assertNotStopped();
    return this.#protocols.add(options);
  }

  /** Has refs of a further kind travel, that a part of this node makes. @throws ActorError `invalidOption`; ClusterError `stopped`. */
  refKind(kind: RefKind): void {
    this.#assertNotStopped();
    this.messages.refKind(kind);
  }

  /**
   * Tells everybody that this node takes no new work and will stop, then has its parts hand over what others can go on with.
   * Idempotent: the first call's time counts.
   *
   * @param timeoutMs milliseconds that each part may take. Default 5 000.
   * @throws ActorError `invalidOption`; what a part fails with, when all of them have been asked.
   */
  async leave(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    leaveTable.check(options);
    const { timeoutMs = 5_000 } = options;
    this.#announceLeaving();
    this.#leaving ??= this.#parts.leave(timeoutMs);
    await this.#leaving;
  }

  /** Leaves, says goodbye on every link and gives up all sockets and timers. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #joined(): void {
    this.#parts.before(() => {
      this.#parts.joined();
      this.#parts.tellProgram(() => this.events.announce("joined"));
    });
  }

  #announceLeaving(): void {
    if (this.self.status === "leaving") return;
    this.#reconciler.stop();
    this.#membershipProtocol.leave();
    this.#membership.leaving(this.self.nodeId);
  }

  async #stop(): Promise<void> {
    this.#announceLeaving();
    this.#isStopping = true;
    this.#verdicts.stop();
    this.#dialer.stop();
    this.#joining.stop();
    this.#copies.end();
    this.#waits.stop();
    try {
      await this.#reconciler.withdraw();
    } finally {
      await this.endpoint.close("node stopped");
      this.#hasStopped = true;
      this.#parts.stop();
    }
    if (this.hasJoined) this.system.log.info("node stopped", {});
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

  #linkUp(link: Link): LinkReceiver {
    this.#verdicts.linked(link.peer.nodeId);
    this.#dialer.linked(link.peer.address);
    const session = this.messages.linkUp(link);
    this.#membership.linked(link.peer);
    this.#membershipProtocol.introduce(link);
    const down = (reason: LinkDownReason): void => this.#linkDown(link, reason);
    return new LinkMessages({ session, protocols: this.#protocols, log: this.system.log, down });
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
    this.#verdicts.unlinked(link.peer);
  }

  // ---- membership ----

  /** The members are changed already. This node's own callers go on when its parts know, and the program hears of it last. */
  #memberChanged(change: MemberChange): void {
    this.#parts.before(() => {
      this.#memberLog.changed(change);
      this.#parts.memberChanged(change);
      this.#copies.look();
      this.#ready.look();
      this.#parts.tellProgram(() => {
        if (change.kind === "memberDown") this.events.announce(change.kind, change.member, change.reason, change.why);
        else this.events.announce(change.kind, change.member);
      });
    });
  }
}

inspectAs(
  Cluster,
  ({ name, system, view }) => `Cluster(${name}, ${system.name} of ${counted(view.members().length, "member")})`,
);
