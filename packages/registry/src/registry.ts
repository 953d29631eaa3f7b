import { type Actor, ActorError, ActorRef, type FoundationError, type LogFields } from "@foundation/actor";
import {
  callGuarded,
  checkValue,
  counted,
  inspectAs,
  OptionTable,
  optionRule,
  ProgramEvents,
  RepeatedEvents,
} from "@foundation/actor/spi";
import { type Cluster, type Member, type NodeProtocol, nodeIdRule, type PartPort } from "@foundation/cluster";
import { RegistryError } from "./errors.ts";
import { HeldNames } from "./held-names.ts";
import { adviceOnMissing, textOfMissing } from "./missing-name.ts";
import { NameCopies, namesPerMemberMax } from "./name-copies.ts";
import { NameFeeds } from "./name-feeds.ts";
import { type NameFollower, nameFollowerTable } from "./name-follower.ts";
import { type Claimants, NameIndex, winningClaim } from "./name-index.ts";
import { NamedActor } from "./named-actor.ts";
import { OwnNames } from "./own-names.ts";
import { ParkedNames } from "./parked-names.ts";
import { type Claim, checkName, type Registration } from "./registration.ts";
import { type NameOwner, type RegistryEvents, registryEventNames } from "./registry-events.ts";
import { type RegistryMessage, registryMessageSchema } from "./registry-message.ts";
import { type Change, nameOf } from "./replica.ts";
import { ofSingleton, ReservedNames } from "./reserved-names.ts";

/** Settings of one registration. */
export interface RegisterOptions {
  /** Which start of a singleton this is; a higher one wins over a lower one, and keeps the name until it ends. Default 0. */
  readonly epoch?: number;
  /** Told when another node's claim to the name wins. Default: the actor ends with `nameConflict`. */
  readonly onConflict?: (winner: NameOwner) => void;
}

/** Not `instanceof`: what counts is what it can do. */
const clusterRule = optionRule.objectWith("a Cluster", "protocol", "addPart", "refKind");

const epochRule = optionRule.wholeNumber({ min: 0 });

/** What is read of a member, as `membership.members()` gives it. */
const memberRule = optionRule.rule(
  "a member",
  (value) => nodeIdRule.fits((value as Member).nodeId) && Number.isSafeInteger((value as Member).incarnation),
);

const registerTable = new OptionTable<RegisterOptions>("register()", {
  epoch: epochRule,
  onConflict: optionRule.callback,
});

/**
 * Names that are unique in the whole cluster.
 *
 * Every node holds a copy, so a lookup never leaves the process. A registration is visible here at once and is pushed to
 * every member in the same turn. Two nodes that take a name at the same moment both succeed at first; all nodes agree on
 * the winner as soon as they hear of each other, and the loser is told.
 *
 * When not to use it: to have exactly one actor of a kind in the cluster, use a singleton, which also restarts it.
 */
export class Registry {
  /** A listener for an event that there is not is refused with ActorError `invalidOption`, one after the end with RegistryError `stopped`. */
  readonly events: ProgramEvents<RegistryEvents>;
  readonly #cluster: Cluster;
  readonly #port: PartPort;
  readonly #own: OwnNames;
  readonly #feeds: NameFeeds;
  readonly #copies: NameCopies;
  readonly #index = new NameIndex();
  #owners = new WeakMap<Registration, NameOwner>();
  readonly #held = new HeldNames();
  readonly #reserved = new ReservedNames();
  readonly #parked: ParkedNames;
  readonly #followers: NameFollower[] = [];
  readonly #refusals: RepeatedEvents;
  /** Changes of this turn leave at its end. */
  #isPushDue = false;
  #isStopped = false;

  /** @throws ActorError `invalidOption`. */
  constructor(cluster: Cluster) {
    checkValue("the cluster of a Registry", cluster, clusterRule);
    this.#cluster = cluster;
    this.events = new ProgramEvents<RegistryEvents>({
      what: "registry.events",
      names: registryEventNames,
      storms: cluster.system.storms,
      assertOpen: () => this.#assertNotStopped(),
    });
    this.#refusals = new RepeatedEvents(() => cluster.system.runtime.now());
    this.#parked = new ParkedNames(cluster.system.deadlines);
    this.#own = new OwnNames(cluster.self.nodeId, cluster.self.incarnation);
    const protocol = cluster.protocol({
      name: "registry",
      schema: registryMessageSchema,
      receive: (message, nodeId) => this.#receive(message, nodeId, protocol),
    });
    this.#feeds = new NameFeeds(this.#own, protocol);
    this.#copies = new NameCopies({
      incarnationOf: (nodeId) => cluster.view.get(nodeId)?.incarnation,
      request: (nodeId) => void protocol.send(nodeId, { kind: "request" }),
      observe: (stamp) => cluster.clock.observe(stamp),
      settle: (name) => this.#settle(name),
      refused: (nodeId) => this.#refused(nodeId),
      synced: (nodeId) => this.#synced(nodeId),
      nextTurn: (callback) => cluster.system.runtime.nextTurn(callback),
    });
    cluster.refKind({
      is: ({ recipient }) => recipient instanceof NamedActor,
      encode: ({ recipient }) => (recipient as NamedActor).name,
      decode: (name) => (typeof name === "string" ? this.ref(name) : undefined),
    });
    this.#port = cluster.addPart({
      name: "names",
      hasCopyOf: (member) => this.isSyncedWith(member),
      learned: () => {
        for (const name of this.#parked.names()) this.#abandonUnlessComing(name);
      },
      memberLinked: ({ nodeId }) => {
        this.#copies.linked(nodeId);
        this.#feeds.begin(nodeId);
        this.#releaseTo(nodeId);
      },
      memberDown: ({ nodeId }) => {
        this.#feeds.end(nodeId);
        this.#copies.down(nodeId);
      },
      selfRenewed: ({ incarnation }) => this.#renew(incarnation),
      actorEnded: (cell) => {
        for (const name of this.#held.namesOf(cell)) this.#unregister(name);
      },
      stop: () => this.#stop(),
    });
  }

  /** How many names there are. */
  get size(): number {
    return this.#index.size;
  }

  /** How many messages of this node wait for a name to be taken. */
  get parkedMessages(): number {
    return this.#parked.messages;
  }

  /**
   * Gives `name` to a local actor. Visible here at once, elsewhere within a network trip.
   *
   * @throws RegistryError `alreadyRegistered` with the owner, `reservedName`, `invalidName`, `notLocal`, `stopped`.
   */
  register(name: string, ref: ActorRef, options: RegisterOptions = {}): void {
    registerTable.check(options);
    const { epoch = 0, onConflict } = options;
    this.assertFree(name, epoch);
    const cell = this.#cluster.system.cellOf(ref);
    if (cell === undefined)
      throw new RegistryError("notLocal", `${ref} is no living actor of this node; register it there`);
    cell.isExposed = true;
    this.#held.add(name, { cell, epoch, onConflict: onConflict ?? (() => cell.stop("nameConflict")) });
    const { channels } = cell.protocol;
    const registration = {
      name,
      actorId: cell.id,
      epoch,
      stamp: this.#cluster.clock.tick(),
      ...(channels && { channels }),
    };
    this.#change({ kind: "taken", registration });
  }

  /**
   * Throws unless `name` could be registered at this moment.
   *
   * @throws RegistryError `alreadyRegistered` with the owner, `reservedName`, `invalidName`, `stopped`; ActorError `invalidOption`.
   */
  assertFree(name: string, epoch = 0): void {
    this.#assertNotStopped();
    checkName(name);
    checkValue("the epoch", epoch, epochRule);
    const owner = this.#find(name);
    if (owner !== undefined && (owner.epoch >= epoch || owner.nodeId === this.#own.nodeId)) {
      const text = `${JSON.stringify(name)} belongs to ${owner.ref}; ask that, or choose another name`;
      throw new RegistryError("alreadyRegistered", text, owner.ref);
    }
    if (owner === undefined && epoch === 0 && this.#reserved.has(name)) throw this.#reserved.refusal(name);
  }

  /**
   * Takes a name back from a local actor. The name of a singleton, or what else was registered with an epoch, is free when that has ended.
   *
   * @returns whether this node held it.
   * @throws RegistryError `reservedName`, `stopped`, `invalidName`.
   */
  unregister(name: string): boolean {
    this.#assertNotStopped();
    checkName(name);
    if ((this.#held.get(name)?.epoch ?? 0) > 0) throw ofSingleton(name);
    return this.#unregister(name);
  }

  #unregister(name: string): boolean {
    const wasHeld = this.#held.delete(name);
    if (wasHeld) this.#change({ kind: "freed", name });
    return wasHeld;
  }

  /** The actor that has this name at the moment. Reads local memory only. @throws RegistryError `stopped`, `invalidName`. */
  lookup<A extends Actor = Actor>(name: string): ActorRef<A> | undefined {
    return this.owner(name)?.ref as ActorRef<A> | undefined;
  }

  /** Who holds `name`. Reads local memory only. @throws RegistryError `stopped`, `invalidName`. */
  owner(name: string): NameOwner | undefined {
    this.#assertNotStopped();
    const owner = this.#find(name);
    // A name that is found needs no check.
    if (owner === undefined) checkName(name);
    return owner;
  }

  /** All names with their owners, as they are at the moment. @throws RegistryError `stopped`. */
  owners(): Iterable<NameOwner> {
    this.#assertNotStopped();
    return this.#ownersOf([...this.#index.claims()]);
  }

  *#ownersOf(claims: readonly Claim[]): Iterable<NameOwner> {
    for (const claim of claims) yield this.#ownerOf(claim);
  }

  #find(name: string): NameOwner | undefined {
    const claim = this.#index.get(name);
    const current = claim !== undefined && this.#copies.isEnding ? this.#current(name, claim) : claim;
    return current && this.#ownerOf(current);
  }

  /** While names of a member that is gone are given up turn by turn, what is still indexed may be one of them. */
  #current(name: string, claim: Claim): Claim | undefined {
    const { nodeId, registration } = claim;
    const isThere = nodeId === this.#own.nodeId || this.#copies.get(nodeId)?.find(name) === registration;
    return isThere ? claim : winningClaim(name, this.#claimants());
  }

  #claimants(): Claimants {
    return { own: this.#own.replica, others: this.#copies.all };
  }

  /** @internal As {@link owner}, for the parts of this node: nobody once it has stopped. */
  holder(name: string): NameOwner | undefined {
    return this.#isStopped ? undefined : this.#find(name);
  }

  /** @internal Who is reached by `name` at the moment; nobody once this node has stopped. */
  reached(name: string): ActorRef | undefined {
    return this.holder(name)?.ref;
  }

  /** @internal Why nobody is reached by `name`. */
  unreached(name: string): FoundationError {
    const shown = JSON.stringify(name);
    if (this.#isStopped) return this.#stopped(`nobody is reached by the name ${shown} any more`);
    return new ActorError("noproc", this.whyMissing(name));
  }

  /**
   * A ref that reaches whoever has the name when a message is sent.
   *
   * @throws RegistryError `invalidName`, `stopped`.
   */
  ref<A extends object = Actor>(name: string): ActorRef<A> {
    this.#assertNotStopped();
    checkName(name);
    return new ActorRef<A>(new NamedActor(this, this.#cluster.system, name));
  }

  /** @internal What to do about messages to `name`, which nobody has. Looks for a name that it is a misspelling of where there are not too many. */
  adviceOn(name: string): string {
    const why = this.whyWaiting(name);
    if (why !== undefined) return `it was waited for, and is not there yet: ${why}`;
    return adviceOnMissing(name, { index: this.#index, cluster: this.#cluster });
  }

  /**
   * Promises that `name` will be taken with an epoch, and keeps it for that: messages to it wait meanwhile instead of failing with `noproc`.
   *
   * @param whyNotYet says, to those that have waited in vain, why it is not taken yet.
   * @throws RegistryError `invalidName`; ActorError `invalidOption`.
   */
  reserve(name: string, whyNotYet?: (name: string) => string): void {
    checkName(name);
    if (whyNotYet !== undefined) checkValue("what says why it is not taken yet", whyNotYet, optionRule.callback);
    this.#reserved.add(name, whyNotYet);
  }

  /** @internal Why messages to `name` wait, where there is something to say. */
  whyWaiting(name: string): string | undefined {
    return this.reached(name) === undefined ? this.#reserved.whyNotYet(name) : undefined;
  }

  /**
   * Ends the promise of {@link reserve}.
   *
   * @param why for those who send to it from now on: what became of it.
   * @throws RegistryError `invalidName`; ActorError `invalidOption`.
   */
  release(name: string, why?: string): void {
    checkName(name);
    if (why !== undefined) checkValue("what became of the name", why, optionRule.text);
    this.#reserved.delete(name, why);
    this.#abandonUnlessComing(name);
  }

  /**
   * Whether messages to `name` wait while it has no owner: it was {@link reserve}d, or this node has just joined and does not
   * know all names yet.
   *
   * @throws RegistryError `invalidName`.
   */
  isExpected(name: string): boolean {
    checkName(name);
    return !this.#isStopped && (this.#reserved.has(name) || this.isLearning);
  }

  /** @internal What is said to those who ask for a name that nobody has. */
  whyMissing(name: string): string {
    return textOfMissing(name, this.#reserved.whyNotAnyMore(name), { index: this.#index, cluster: this.#cluster });
  }

  /** @internal Whether this node has just joined, and names may exist that it does not know yet. */
  get isLearning(): boolean {
    return this.#cluster.isLearning;
  }

  /** @internal Where messages wait for names. */
  get parked(): ParkedNames {
    return this.#parked;
  }

  /** Whether all names of this member are known here. @throws ActorError `invalidOption`. */
  isSyncedWith(member: Member): boolean {
    checkValue("the member", member, memberRule);
    const { nodeId, incarnation } = member;
    const copy = this.#copies.get(nodeId);
    return copy?.incarnation === incarnation && copy.isComplete;
  }

  /** Tells a part of this node of names, after those that were added before it. @throws ActorError `invalidOption`; RegistryError `stopped`. */
  follow(follower: NameFollower): void {
    this.#assertNotStopped();
    nameFollowerTable.check(follower);
    this.#followers.push(follower);
  }

  /** The node has stopped: what waits for a name waits in vain. */
  #stop(): void {
    this.#isStopped = true;
    this.#parked.abandonAll();
  }

  #assertNotStopped(): void {
    if (this.#isStopped) throw this.#stopped("it knows no names any more");
  }

  #stopped(consequence: string): RegistryError {
    return new RegistryError("stopped", `node ${this.#own.nodeId} has stopped; ${consequence}`);
  }

  // ---- changes here ----

  /** What changes in one turn leaves together. */
  #change(change: Change): void {
    this.#own.apply(change);
    if (!this.#isPushDue) {
      this.#isPushDue = true;
      this.#cluster.system.runtime.microtask(() => {
        this.#isPushDue = false;
        this.#feeds.push();
      });
    }
    this.#settle(nameOf(change));
  }

  // ---- changes elsewhere ----

  #receive(message: RegistryMessage, nodeId: string, protocol: NodeProtocol<RegistryMessage>): void {
    switch (message.kind) {
      case "request":
        return this.#feeds.begin(nodeId);
      case "taken":
        return this.#feeds.taken(nodeId, message.mark);
      case "delta":
      case "full":
        this.#copies.receive(message, nodeId);
        if (message.mark !== undefined) protocol.send(nodeId, { kind: "taken", mark: message.mark });
        return;
      default:
        message satisfies never;
    }
  }

  #refused(member: string): void {
    const leftOut = this.#refusals.admit(member);
    if (leftOut === undefined) return;
    const why = `this node keeps ${namesPerMemberMax} of each at most`;
    this.#cluster.system.log.warn("what a member says is not kept", { member, what: "names", why, leftOut });
  }

  /** This node goes on as a newer incarnation, and its names with it. */
  #renew(incarnation: number): void {
    this.#own.renew(incarnation);
    this.#feeds.clear();
    this.#owners = new WeakMap();
  }

  // ---- who holds what ----

  #settle(name: string): void {
    const changed = this.#index.settle(name, this.#claimants());
    if (changed === undefined) return this.#concede(name);
    this.#tell(changed.before && this.#ownerOf(changed.before), changed.after && this.#ownerOf(changed.after));
    this.#concede(name);
    const owner = this.#find(name);
    if (owner !== undefined) this.#releaseSoon(name);
    else this.#abandonUnlessComing(name);
  }

  #tell(before: NameOwner | undefined, after: NameOwner | undefined): void {
    for (const follower of this.#followers) {
      if (before !== undefined) follower.freed(before);
      if (after !== undefined) follower.taken(after);
    }
    this.#port.tellProgram(() => {
      if (before !== undefined) this.events.announce("unregistered", before);
      if (after !== undefined) this.events.announce("registered", after);
    });
  }

  #synced(nodeId: string): void {
    for (const follower of this.#followers) follower.synced(nodeId);
    this.#port.copied();
    this.#port.tellProgram(() => this.events.announce("synced", nodeId));
  }

  #abandonUnlessComing(name: string): void {
    if (this.isExpected(name) || this.#index.get(name) !== undefined) return;
    this.#parked.abandon(name);
  }

  /**
   * Sends what waits for `name` to its owner: after this turn, so that nothing is delivered from inside the code that took
   * the name; what is sent until then waits behind it.
   */
  #releaseSoon(name: string): void {
    if (!this.#parked.has(name)) return;
    this.#cluster.system.runtime.microtask(() => {
      const ref = this.reached(name);
      if (ref === undefined) return;
      const refused = (error: unknown): void =>
        this.#warn("parked message refused", name, { name, reason: String(error) });
      this.#parked.release(name, ref, refused);
    });
  }

  /** Of what may happen to any number of names in one moment. */
  #warn(event: string, subject: string, fields: LogFields): void {
    const { storms, log } = this.#cluster.system;
    storms.tell(log, { level: "warn", event, subject, fields });
  }

  /** A broken link was replaced: what could not be sent to the names behind it goes there now. */
  #releaseTo(nodeId: string): void {
    for (const name of this.#parked.names()) if (this.#find(name)?.nodeId === nodeId) this.#releaseSoon(name);
  }

  /** Gives up this node's claim when another one has won. */
  #concede(name: string): void {
    const winner = this.#find(name);
    const held = this.#held.get(name);
    if (held === undefined || winner === undefined || winner.nodeId === this.#own.nodeId) return;
    this.#warn("name conflict lost", winner.nodeId, { name, winner: winner.nodeId, epoch: winner.epoch });
    this.#unregister(name);
    const { onConflict } = held;
    callGuarded(this.#cluster.system.storms, { event: "onConflict", listener: onConflict }, () => onConflict(winner));
  }

  #ownerOf({ nodeId, registration }: Claim): NameOwner {
    let owner = this.#owners.get(registration);
    if (owner === undefined) {
      const { name, actorId, epoch, channels } = registration;
      const incarnation = this.#incarnationOf(nodeId);
      const ref = this.#cluster.messages.ref([nodeId, incarnation, actorId], channels);
      owner = { name, nodeId, incarnation, epoch, ref };
      this.#owners.set(registration, owner);
    }
    return owner;
  }

  #incarnationOf(nodeId: string): number {
    if (nodeId === this.#own.nodeId) return this.#own.incarnation;
    return this.#copies.get(nodeId)?.incarnation ?? this.#cluster.view.get(nodeId)?.incarnation ?? 0;
  }
}

inspectAs(Registry, ({ size }) => `Registry(${counted(size, "name")})`);
