import { type Actor, type ActorCell, ActorRef, callGuarded, nearestOf, ProgramEvents } from "@foundation/actor";
import type { Cluster, Member, NodeProtocol } from "@foundation/cluster";
import { RegistryError } from "./errors.ts";
import { HybridClock, type Stamp } from "./hybrid-clock.ts";
import { NameIndex } from "./name-index.ts";
import { NamedActor } from "./named-actor.ts";
import { ParkedMessages } from "./parked-messages.ts";
import { type Claim, isName, nameBytesMax, type Registration } from "./registration.ts";
import {
  itemsPerMessageMax,
  RegistrationPacker,
  type RegistryMessage,
  registryMessageSchema,
  unpackChange,
  unpackRegistration,
} from "./registry-message.ts";
import { type Change, Replica } from "./replica.ts";

/** Names that a misspelt one is compared with. */
const comparedNamesMax = 2_000;

/** Who holds a name. */
export interface NameOwner {
  readonly name: string;
  readonly nodeId: string;
  /** Which life of that node. */
  readonly incarnation: number;
  readonly ref: ActorRef;
  /** Which start of a singleton this is; 0 for other names. */
  readonly epoch: number;
}

/** Changes of names, in the order in which this node learns of them. */
export interface RegistryEvents {
  registered: [owner: NameOwner];
  unregistered: [owner: NameOwner];
  /** This node's replica of another one is complete for the first time in that one's incarnation. */
  synced: [nodeId: string];
}

/** Settings of one registration. */
export interface RegisterOptions {
  /** Which start of a singleton this is; a higher one wins over a lower one. Default 0. */
  readonly epoch?: number;
  /** Told when another node's claim to the name wins. Default: the actor ends with `nameConflict`. */
  readonly onConflict?: (winner: NameOwner) => void;
}

interface Held {
  readonly cell: ActorCell;
  readonly onConflict: (winner: NameOwner) => void;
}

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
  readonly events: ProgramEvents<RegistryEvents>;
  readonly #cluster: Cluster;
  readonly #clock: HybridClock;
  readonly #protocol: NodeProtocol<RegistryMessage>;
  /** Tells the cluster that a first copy is complete. */
  readonly #copied: () => void;
  #own: Replica;
  readonly #replicas = new Map<string, Replica>();
  /** Full states of which the last part has not come yet. */
  readonly #incoming = new Map<string, Replica>();
  readonly #index = new NameIndex();
  #owners = new WeakMap<Registration, NameOwner>();
  readonly #held = new Map<string, Held>();
  readonly #namesOf = new Map<ActorCell, Set<string>>();
  readonly #reserved = new Set<string>();
  /** Why names that were reserved are not any more, where there is something to say: as many as the supervisor keeps. */
  readonly #epitaphs = new Map<string, string>();
  /** By name: messages that wait until it is taken. */
  readonly #parked = new Map<string, ParkedMessages>();
  #unsent: Change[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.events = new ProgramEvents<RegistryEvents>(cluster.system.log);
    this.#clock = new HybridClock(() => cluster.system.runtime.wallTime());
    this.#own = new Replica(cluster.self.nodeId, cluster.self.incarnation);
    this.#replicas.set(this.#own.nodeId, this.#own);
    this.#protocol = cluster.protocol({
      name: "registry",
      schema: registryMessageSchema,
      receive: (message, nodeId) => this.#receive(message, nodeId),
    });
    cluster.messages.named = {
      nameOf: (ref) => (ref.recipient instanceof NamedActor ? ref.recipient.name : undefined),
      refTo: (name) => this.ref(name),
    };
    cluster.events.attach("memberLinked", (member) => {
      this.#sendFull(member.nodeId);
      this.#releaseTo(member.nodeId);
    });
    cluster.events.attach("memberDown", (member) => this.#memberDown(member));
    cluster.events.attach("selfRenewed", ({ incarnation }) => this.#renew(incarnation));
    this.#copied = cluster.awaitCopies({
      name: "names",
      hasCopyOf: (member) => this.isSyncedWith(member),
      learned: () => {
        for (const name of this.#parked.keys()) this.#abandonUnlessComing(name);
      },
    });
    cluster.system.beforeExitSignals((cell) => this.#actorEnded(cell));
  }

  /** How many names there are. */
  get size(): number {
    return this.#index.size;
  }

  /** How many messages of this node wait for a name to be taken. */
  get parkedMessages(): number {
    let count = 0;
    for (const parked of this.#parked.values()) count += parked.size;
    return count;
  }

  /**
   * Gives `name` to a local actor. Visible here at once, elsewhere within a network trip.
   *
   * @throws RegistryError `alreadyRegistered` with the owner, `invalidName`, `notLocal`.
   */
  register(name: string, ref: ActorRef, { epoch = 0, onConflict }: RegisterOptions = {}): void {
    this.assertFree(name, epoch);
    const cell = this.#cluster.system.cellOf(ref);
    if (cell === undefined)
      throw new RegistryError("notLocal", `${ref} is no living actor of this node; register it there`);
    cell.isExposed = true;
    this.#held.set(name, { cell, onConflict: onConflict ?? (() => cell.stop("nameConflict")) });
    let names = this.#namesOf.get(cell);
    if (names === undefined) this.#namesOf.set(cell, (names = new Set()));
    names.add(name);
    const { channels } = cell.protocol;
    const registration = { name, actorId: cell.id, epoch, stamp: this.#clock.tick(), ...(channels && { channels }) };
    this.#change({ kind: "taken", registration });
  }

  /**
   * Throws unless `name` could be registered at this moment.
   *
   * @throws RegistryError `alreadyRegistered` with the owner, `invalidName`.
   */
  assertFree(name: string, epoch = 0): void {
    this.#checkName(name);
    const owner = this.owner(name);
    if (owner !== undefined && (owner.epoch >= epoch || owner.nodeId === this.#own.nodeId)) {
      throw new RegistryError("alreadyRegistered", `${JSON.stringify(name)} belongs to ${owner.ref}`, owner.ref);
    }
  }

  /** Takes a name back from a local actor. @returns whether this node held it. */
  unregister(name: string): boolean {
    const held = this.#held.get(name);
    if (held === undefined) return false;
    this.#held.delete(name);
    const names = this.#namesOf.get(held.cell);
    names?.delete(name);
    if (names?.size === 0) this.#namesOf.delete(held.cell);
    this.#change({ kind: "freed", name });
    return true;
  }

  /** The actor that has this name at the moment. Reads local memory only. */
  lookup<A extends Actor = Actor>(name: string): ActorRef<A> | undefined {
    return this.owner(name)?.ref as ActorRef<A> | undefined;
  }

  /** Who holds `name`. Reads local memory only. */
  owner(name: string): NameOwner | undefined {
    const claim = this.#index.get(name);
    return claim && this.#ownerOf(claim);
  }

  /** All names with their owners. */
  *owners(): Iterable<NameOwner> {
    for (const [, claim] of this.#index.entries()) yield this.#ownerOf(claim);
  }

  /**
   * A ref that reaches whoever has the name when a message is sent.
   *
   * @throws RegistryError `invalidName`.
   */
  ref<A extends object = Actor>(name: string): ActorRef<A> {
    this.#checkName(name);
    return new ActorRef<A>(new NamedActor(this, this.#cluster.system, name));
  }

  /** What to do about messages to `name`, which nobody has. Looks for a name that it is a misspelling of where there are not too many. */
  adviceOn(name: string): string {
    const isSmall = this.#index.size <= comparedNamesMax;
    const nearest = isSmall
      ? nearestOf(
          name,
          Array.from(this.#index.entries(), ([each]) => each),
        )
      : undefined;
    if (nearest !== undefined) return `did you mean ${JSON.stringify(nearest)}?`;
    return "register an actor under this name, or check how it is written";
  }

  /** Promises that `name` will be taken: messages to it wait meanwhile instead of failing with `noproc`. */
  reserve(name: string): void {
    this.#epitaphs.delete(name);
    this.#reserved.add(name);
  }

  /** Ends the promise of {@link reserve}. @param why for those who send to it from now on: what became of it. */
  release(name: string, why?: string): void {
    this.#reserved.delete(name);
    if (why === undefined) this.#epitaphs.delete(name);
    else this.#epitaphs.set(name, why);
    this.#abandonUnlessComing(name);
  }

  /**
   * Whether messages to `name` wait while it has no owner: it was {@link reserve}d, or this node has just joined and does not
   * know all names yet.
   */
  isExpected(name: string): boolean {
    return this.#reserved.has(name) || this.isLearning;
  }

  /** @internal What is said to those who ask for a name that nobody has. */
  whyMissing(name: string): string {
    const why = this.#epitaphs.get(name);
    return `nothing is registered as ${JSON.stringify(name)}${why === undefined ? "" : `: ${why}`}`;
  }

  /** @internal Whether this node has just joined, and names may exist that it does not know yet. */
  get isLearning(): boolean {
    return this.#cluster.isLearning;
  }

  /** @internal The messages that wait for `name`, if any do. */
  parked(name: string): ParkedMessages | undefined {
    const parked = this.#parked.get(name);
    return parked !== undefined && parked.size > 0 ? parked : undefined;
  }

  /** @internal Where messages for `name` can wait. */
  parking(name: string): ParkedMessages {
    let parked = this.#parked.get(name);
    if (parked === undefined) {
      parked = new ParkedMessages(name, this.#cluster.system.deadlines);
      this.#parked.set(name, parked);
    }
    return parked;
  }

  /** Whether all names of this member are known here. */
  isSyncedWith({ nodeId, incarnation }: Member): boolean {
    return this.#replicas.get(nodeId)?.incarnation === incarnation;
  }

  // ---- changes here ----

  #change(change: Change): void {
    this.#own.apply(change);
    this.#unsent.push(change);
    if (this.#unsent.length === 1) this.#cluster.system.runtime.microtask(() => this.#push());
    this.#settle(change.kind === "taken" ? change.registration.name : change.name);
  }

  /** What changed in one turn leaves in one message per member. */
  #push(): void {
    const changes = this.#unsent;
    this.#unsent = [];
    let from = this.#own.version - changes.length;
    for (let at = 0; at < changes.length; at += itemsPerMessageMax) {
      const packer = new RegistrationPacker();
      const part = changes.slice(at, at + itemsPerMessageMax).map((change) => packer.change(change));
      const { incarnation } = this.#own;
      this.#protocol.broadcast({ kind: "delta", incarnation, from, changes: part, classes: packer.classes });
      from += part.length;
    }
  }

  #sendFull(nodeId: string): void {
    // A change of this turn is in the full state and follows again as a delta, which the receiver recognises as old.
    const { incarnation, version } = this.#own;
    const all = [...this.#own.registrations.values()];
    for (let part = 0, at = 0; part === 0 || at < all.length; part++, at += itemsPerMessageMax) {
      const packer = new RegistrationPacker();
      const registrations = all.slice(at, at + itemsPerMessageMax).map((each) => packer.registration(each));
      const isLast = at + itemsPerMessageMax >= all.length;
      const { classes } = packer;
      this.#protocol.send(nodeId, { kind: "full", incarnation, version, part, isLast, registrations, classes });
    }
  }

  #actorEnded(cell: ActorCell): void {
    const names = this.#namesOf.get(cell);
    if (names !== undefined) for (const name of [...names]) this.unregister(name);
  }

  // ---- changes elsewhere ----

  #receive(message: RegistryMessage, nodeId: string): void {
    if (message.kind === "request") return this.#sendFull(nodeId);
    // Between the verdict about a member and the end of its link, what it says is not news any more.
    if (this.#cluster.member(nodeId)?.incarnation !== message.incarnation) return;
    if (message.kind === "full") this.#receiveFull(message, nodeId);
    else this.#receiveDelta(message, nodeId);
  }

  #receiveFull(message: Extract<RegistryMessage, { kind: "full" }>, nodeId: string): void {
    if (message.part === 0) this.#incoming.set(nodeId, new Replica(nodeId, message.incarnation, message.version));
    const incoming = this.#incoming.get(nodeId);
    if (incoming?.incarnation !== message.incarnation || incoming.version !== message.version) return;
    for (const sent of message.registrations) {
      const registration = unpackRegistration(sent, message.classes);
      this.#observe(registration.stamp);
      incoming.registrations.set(registration.name, registration);
    }
    if (!message.isLast) return;
    this.#incoming.delete(nodeId);
    const known = this.#replicas.get(nodeId);
    if (known?.incarnation === incoming.incarnation && known.version >= incoming.version) return;
    this.#replicas.set(nodeId, incoming);
    const names = new Set([...(known?.registrations.keys() ?? []), ...incoming.registrations.keys()]);
    for (const name of names) this.#settle(name);
    this.events.announce("synced", nodeId);
    this.#copied();
  }

  #receiveDelta(message: Extract<RegistryMessage, { kind: "delta" }>, nodeId: string): void {
    const replica = this.#replicas.get(nodeId);
    if (replica?.incarnation !== message.incarnation || replica.version < message.from) {
      // Unless a full state is on its way already, which this delta will follow.
      if (!this.#incoming.has(nodeId)) this.#protocol.send(nodeId, { kind: "request" });
      return;
    }
    for (const sent of message.changes.slice(replica.version - message.from)) {
      const change = unpackChange(sent, message.classes);
      if (change.kind === "taken") this.#observe(change.registration.stamp);
      replica.apply(change);
      this.#settle(change.kind === "taken" ? change.registration.name : change.name);
    }
  }

  #observe(stamp: Stamp): void {
    this.#clock.observe(stamp);
  }

  /** This node goes on as a newer incarnation, and its names with it. */
  #renew(incarnation: number): void {
    this.#own = this.#own.renewed(incarnation);
    this.#replicas.set(this.#own.nodeId, this.#own);
    this.#owners = new WeakMap();
  }

  #memberDown({ nodeId }: Member): void {
    this.#incoming.delete(nodeId);
    const replica = this.#replicas.get(nodeId);
    if (replica === undefined || replica === this.#own) return;
    this.#replicas.delete(nodeId);
    for (const name of replica.registrations.keys()) this.#settle(name);
  }

  // ---- who holds what ----

  #settle(name: string): void {
    const changed = this.#index.settle(name, this.#replicas.values());
    if (changed === undefined) return this.#concede(name);
    const { before, after } = changed;
    if (before !== undefined) this.events.announce("unregistered", this.#ownerOf(before));
    if (after !== undefined) this.events.announce("registered", this.#ownerOf(after));
    this.#concede(name);
    const owner = this.owner(name);
    if (owner !== undefined) this.#releaseSoon(name);
    else this.#abandonUnlessComing(name);
  }

  #abandonUnlessComing(name: string): void {
    if (this.isExpected(name) || this.#index.get(name) !== undefined) return;
    const parked = this.#parked.get(name);
    this.#parked.delete(name);
    parked?.abandon();
  }

  /**
   * Sends what waits for `name` to its owner: after this turn, so that nothing is delivered from inside the code that took
   * the name; what is sent until then waits behind it.
   */
  #releaseSoon(name: string): void {
    if (!this.#parked.has(name)) return;
    const { runtime, log } = this.#cluster.system;
    runtime.microtask(() => {
      const ref = this.lookup(name);
      const parked = this.#parked.get(name);
      if (ref === undefined || parked === undefined) return;
      this.#parked.delete(name);
      parked.release(ref, (error) => log.warn("parked message refused", { name, reason: String(error) }));
    });
  }

  /** A broken link was replaced: what could not be sent to the names behind it goes there now. */
  #releaseTo(nodeId: string): void {
    for (const name of this.#parked.keys()) if (this.owner(name)?.nodeId === nodeId) this.#releaseSoon(name);
  }

  /** Gives up this node's claim when another one has won. */
  #concede(name: string): void {
    const winner = this.owner(name);
    const held = this.#held.get(name);
    if (held === undefined || winner === undefined || winner.nodeId === this.#own.nodeId) return;
    this.#cluster.system.log.warn("name conflict lost", { name, winner: winner.nodeId, epoch: winner.epoch });
    this.unregister(name);
    const { onConflict } = held;
    callGuarded(this.#cluster.system.log, { event: "onConflict", listener: onConflict }, () => onConflict(winner));
  }

  #ownerOf({ nodeId, registration }: Claim): NameOwner {
    let owner = this.#owners.get(registration);
    if (owner === undefined) {
      const { name, actorId, epoch, channels } = registration;
      const incarnation = this.#replicas.get(nodeId)?.incarnation ?? this.#cluster.member(nodeId)?.incarnation ?? 0;
      const ref = this.#cluster.messages.ref([nodeId, incarnation, actorId], channels);
      owner = { name, nodeId, incarnation, epoch, ref };
      this.#owners.set(registration, owner);
    }
    return owner;
  }

  #checkName(name: string): void {
    if (typeof name === "string" && isName(name)) return;
    const shown = JSON.stringify(String(name).slice(0, 64));
    throw new RegistryError(
      "invalidName",
      `${shown} is no name: 1 to ${nameBytesMax} bytes without control characters`,
    );
  }
}
