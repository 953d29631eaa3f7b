import { type Actor, type ActorClass, describeExit, type RefOf, RestartIntensity, type Timer } from "@foundation/actor";
import type { Cluster, Member, NodeProtocol } from "@foundation/cluster";
import { HybridClock, type NameOwner, type Registry } from "@foundation/registry";
import { Confirmations } from "./confirmations.ts";
import { SupervisionError } from "./errors.ts";
import { HashPlacement } from "./placement.ts";
import { type HostEnd, SingletonHost } from "./singleton-host.ts";
import { newerSpec, type SingletonSpec, type SingletonState } from "./singleton-spec.ts";
import { StartClaims } from "./start-claims.ts";
import {
  type Confirmed,
  itemsPerMessageMax,
  type SupervisionMessage,
  supervisionMessageSchema,
} from "./supervision-message.ts";

/** How long a member that is up may take to say what it knows before decisions are made without it. Milliseconds. */
const syncTimeoutMs = 2_000;
/**
 * Pause before a name that was about to run elsewhere is looked at again: from half of this to one and a half times as much,
 * so that two nodes that stood in each other's way do not do so again. Milliseconds.
 */
const retryMs = 100;

/** Settings of a singleton. */
export interface SingletonOptions<Args extends unknown[]> {
  /** Arguments of the class's constructor; they travel to the node that runs it. */
  readonly args?: Args;
  /** Milliseconds until it has to be reachable by its name. Default 5 000. */
  readonly timeoutMs?: number;
}

/** The options of a singleton: optional unless the class's constructor needs arguments. */
export type SingletonArguments<Args extends unknown[]> = [] extends Args
  ? [options?: SingletonOptions<Args>]
  : [options: SingletonOptions<Args> & { readonly args: Args }];

/** What this node knows of another one. */
interface Peer {
  hosts: readonly string[];
  isComplete: boolean;
}

/**
 * Keeps singletons running: each one on exactly one node per view of the cluster, started again elsewhere, under a higher
 * epoch, when that node dies or leaves.
 *
 * Every node knows every singleton and computes the same placement from the same members, so no coordinator is asked and
 * the next owner starts as soon as it learns that the previous one is gone.
 *
 * When not to use it: for one actor per node use `spawn`; where two owners must be impossible even during a network
 * split, check the actor's epoch in the resource it writes to.
 */
export class DistributedSupervisor {
  readonly #cluster: Cluster;
  readonly #registry: Registry;
  readonly #clock: HybridClock;
  readonly #protocol: NodeProtocol<SupervisionMessage>;
  readonly #placement = new HashPlacement();
  readonly #classes = new Map<string, ActorClass>();
  readonly #specs = new Map<string, SingletonSpec>();
  readonly #epochs = new Map<string, number>();
  readonly #confirmations: Confirmations;
  readonly #claims: StartClaims;
  readonly #intensities = new Map<string, RestartIntensity>();
  readonly #hosts = new Map<string, SingletonHost>();
  readonly #peers = new Map<string, Peer>();
  /** Looked at again whenever a name is taken or a spec changes. */
  readonly #waiters = new Set<() => void>();
  readonly #syncTimers = new Map<string, Timer>();
  #isLeaving = false;

  constructor(cluster: Cluster, registry: Registry) {
    this.#cluster = cluster;
    this.#registry = registry;
    this.#clock = new HybridClock(() => cluster.system.runtime.wallTime());
    this.#confirmations = new Confirmations(cluster.system.runtime);
    this.#claims = new StartClaims(cluster.system.runtime);
    this.#protocol = cluster.protocol({
      name: "supervision",
      schema: supervisionMessageSchema,
      receive: (message, nodeId) => this.#receive(message, nodeId),
    });
    cluster.events.attach("joined", () => this.#reconcileAll());
    cluster.events.attach("memberLinked", (member) => this.#memberLinked(member));
    cluster.events.attach("memberLeaving", () => this.#reconcileAll());
    cluster.events.attach("memberTrusted", () => this.#reconcileAll());
    cluster.events.attach("memberDown", (member) => this.#memberDown(member));
    registry.events.attach("registered", (owner) => this.#registered(owner));
    registry.events.attach("unregistered", ({ name }) => this.#reconcileSoon(name));
    registry.events.attach("synced", () => this.#reconcileAll());
  }

  /**
   * Lets this node host actors of these classes.
   *
   * @throws SupervisionError `classConflict` when another class of the same name was declared; ActorError `invalidOption`
   * when the statics of one contradict it, or name a channel that this node does not have.
   */
  declare(...classes: readonly ActorClass[]): void {
    const added: string[] = [];
    for (const actorClass of classes) {
      const known = this.#classes.get(actorClass.name);
      if (known === actorClass) continue;
      this.#cluster.system.checkClass(actorClass);
      if (known !== undefined || actorClass.name === "") {
        const text = `two classes are named ${JSON.stringify(actorClass.name)}; nodes tell classes apart by their names`;
        throw new SupervisionError("classConflict", text);
      }
      if (this.#classes.size >= itemsPerMessageMax || Buffer.byteLength(actorClass.name) > 255) {
        const text = `${actorClass.name.slice(0, 64)} cannot be declared: a node hosts at most ${itemsPerMessageMax} classes`;
        throw new SupervisionError("classConflict", `${text}, with names of up to 255 bytes`);
      }
      this.#classes.set(actorClass.name, actorClass);
      added.push(actorClass.name);
    }
    if (added.length === 0) return;
    this.#protocol.broadcast({ hosts: [...this.#classes.keys()] });
    this.#reconcileAll();
  }

  /**
   * Makes sure that one actor of this class runs in the cluster under `name`, and returns a ref that follows it.
   *
   * The first call decides the class and the arguments; later ones, from any node, get a ref to the same actor.
   *
   * @throws SupervisionError `singletonConflict` when the name belongs to another class, `singletonPending` when it is not
   * reachable in time, `singletonFailed` when it crashed too often, `classConflict`; RegistryError `invalidName`; ActorError as {@link declare}.
   */
  async singleton<A extends Actor, Args extends unknown[], P = unknown>(
    name: string,
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...[options]: SingletonArguments<Args>
  ): Promise<RefOf<A, NoInfer<P>>> {
    const ref = this.#registry.ref<A>(name) as RefOf<A, NoInfer<P>>;
    this.declare(actorClass);
    const holder = this.#registry.owner(name);
    if (holder?.epoch === 0) {
      const text = `${JSON.stringify(name)} is the name of ${holder.ref}, which is no singleton`;
      throw new SupervisionError("singletonConflict", text);
    }
    const known = this.#specs.get(name);
    if (known?.state === "wanted" && known.className !== actorClass.name) {
      const text = `${JSON.stringify(name)} is a singleton of class ${known.className}, not ${actorClass.name}`;
      throw new SupervisionError("singletonConflict", text);
    }
    if (known?.state !== "wanted") {
      this.#publish({ name, className: actorClass.name, args: options?.args ?? [], state: "wanted" });
    }
    await this.#whenReachable(name, options?.timeoutMs ?? 5_000);
    return ref;
  }

  /** Ends a singleton everywhere. @returns whether there was one of this name. */
  async remove(name: string): Promise<boolean> {
    const spec = this.#specs.get(name);
    if (spec === undefined || spec.state === "removed") return false;
    this.#publish({ ...spec, state: "removed" });
    await this.#hosts.get(name)?.stop("shutdown");
    return true;
  }

  /** The singletons that the cluster keeps running. */
  singletons(): SingletonSpec[] {
    return [...this.#specs.values()].filter((spec) => spec.state === "wanted");
  }

  /**
   * Hands this node's singletons to others: stops each and waits until it runs elsewhere, at the latest for `timeoutMs`
   * milliseconds. The cluster must know by now that this node is leaving.
   */
  async leave(timeoutMs = 5_000): Promise<void> {
    this.#isLeaving = true;
    const hosts = [...this.#hosts.values()];
    await Promise.all(hosts.map((host) => host.stop("handoff", timeoutMs)));
    const hasMoved = ({ spec }: SingletonHost): boolean =>
      this.#registry.owner(spec.name) !== undefined || this.#candidates(spec).length === 0;
    await this.#until(() => hosts.every(hasMoved), timeoutMs);
  }

  // ---- what the nodes tell each other ----

  #memberLinked({ nodeId }: Member): void {
    this.#peers.set(nodeId, { hosts: [], isComplete: false });
    this.#syncTimers.get(nodeId)?.cancel();
    const giveUp = (): void => this.#synced(nodeId, "timeout");
    this.#syncTimers.set(nodeId, this.#cluster.system.runtime.setTimer(syncTimeoutMs, giveUp, { background: true }));
    const specs = [...this.#specs.values()];
    const epochs = [...this.#epochs];
    for (let at = 0; at < Math.max(specs.length, epochs.length); at += itemsPerMessageMax) {
      const end = at + itemsPerMessageMax;
      this.#protocol.send(nodeId, { specs: specs.slice(at, end), epochs: epochs.slice(at, end) });
    }
    const starting = [...this.#hosts.keys()].filter((name) => this.#registry.owner(name) === undefined);
    const hosts = [...this.#classes.keys()];
    this.#protocol.send(nodeId, { hosts, starting: starting.slice(0, itemsPerMessageMax), isComplete: true });
    for (let at = itemsPerMessageMax; at < starting.length; at += itemsPerMessageMax) {
      this.#protocol.send(nodeId, { starting: starting.slice(at, at + itemsPerMessageMax) });
    }
  }

  #memberDown({ nodeId }: Member): void {
    this.#peers.delete(nodeId);
    this.#syncTimers.get(nodeId)?.cancel();
    this.#syncTimers.delete(nodeId);
    this.#confirmations.gone(nodeId);
    this.#claims.gone(nodeId);
    this.#reconcileAll();
  }

  #receive(message: SupervisionMessage, nodeId: string): void {
    const { hosts, specs, epochs, starting, ended, isComplete, confirm, confirmed } = message;
    for (const [name, epoch] of epochs ?? []) this.#raiseEpoch(name, epoch);
    for (const spec of specs ?? []) this.#merge(spec);
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return;
    if (hosts !== undefined) peer.hosts = hosts;
    if (isComplete) this.#claims.restated(nodeId, starting ?? []);
    else for (const name of starting ?? []) this.#claims.starting(name, nodeId);
    if (ended !== undefined) this.#claims.over(ended, nodeId);
    if (isComplete) this.#synced(nodeId, "complete");
    else if (hosts !== undefined) this.#reconcileAll();
    if (confirm !== undefined) this.#answer(confirm, nodeId);
    if (confirmed !== undefined) this.#confirmed(confirmed, nodeId);
  }

  /** Says everything about one name that could keep the asker from starting it. */
  #answer({ name, token }: { readonly name: string; readonly token: number }, nodeId: string): void {
    const spec = this.#specs.get(name);
    const epoch = this.#epochs.get(name);
    const owner = this.#registry.owner(name);
    const isHosted = this.#hosts.has(name) || this.#claims.isClaimedByAnother(name, nodeId);
    if (!isHosted) this.#claims.allowed(name, nodeId);
    this.#protocol.send(nodeId, {
      hosts: [...this.#classes.keys()],
      ...(spec === undefined ? {} : { specs: [spec] }),
      ...(epoch === undefined ? {} : { epochs: [[name, epoch]] }),
      confirmed: {
        name,
        token,
        isHosted,
        ...(owner === undefined ? {} : { owner: [owner.nodeId, owner.incarnation] as const }),
      },
    });
  }

  /**
   * An owner that the other member still sees counts, even one that this node has no link to; not one whose death has been
   * noticed here first.
   */
  #confirmed({ name, token, isHosted, owner }: Confirmed, nodeId: string): void {
    const isOwned = owner !== undefined && !this.#cluster.hasDeparted(...owner);
    this.#confirmations.answered(nodeId, { name, token, isHosted: isHosted || isOwned });
  }

  #synced(nodeId: string, how: "complete" | "timeout"): void {
    this.#syncTimers.get(nodeId)?.cancel();
    this.#syncTimers.delete(nodeId);
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return;
    if (how === "timeout") this.#cluster.system.log.warn("member does not say what it knows", { member: nodeId });
    peer.isComplete = true;
    this.#reconcileAll();
  }

  #publish(change: Omit<SingletonSpec, "revision" | "stamp">): void {
    const revision = (this.#specs.get(change.name)?.revision ?? 0) + 1;
    const spec: SingletonSpec = { ...change, revision, stamp: this.#clock.tick() };
    this.#protocol.broadcast({ specs: [spec] });
    this.#merge(spec);
  }

  #merge(spec: SingletonSpec): void {
    this.#clock.observe(spec.stamp);
    const known = this.#specs.get(spec.name);
    if (known !== undefined && newerSpec(known, spec) === known) return;
    this.#specs.set(spec.name, spec);
    if (spec.state === "wanted") this.#registry.reserve(spec.name);
    else {
      this.#registry.release(spec.name);
      this.#intensities.delete(spec.name);
    }
    this.#reconcile(spec.name);
    this.#changed();
  }

  #registered({ name, epoch, nodeId }: NameOwner): void {
    this.#raiseEpoch(name, epoch);
    this.#claims.over(name, nodeId);
    this.#changed();
  }

  #raiseEpoch(name: string, epoch: number): void {
    if (epoch > (this.#epochs.get(name) ?? 0)) this.#epochs.set(name, epoch);
  }

  // ---- where singletons run ----

  #reconcileAll(): void {
    for (const name of this.#specs.keys()) this.#reconcile(name);
    this.#changed();
  }

  /** After the turn: a name that is freed and taken in one go (a restart, a conflict) needs nothing. */
  #reconcileSoon(name: string): void {
    this.#cluster.system.runtime.microtask(() => this.#reconcile(name));
  }

  #reconcile(name: string): void {
    const spec = this.#specs.get(name);
    const host = this.#hosts.get(name);
    if (spec === undefined) return;
    if (host !== undefined && (spec.state !== "wanted" || spec.className !== host.spec.className)) {
      void host.stop("shutdown");
      return;
    }
    if (spec.state !== "wanted") return;
    if (!this.#isToStartHere(spec) || this.#confirmations.has(name)) return;
    const asked = this.#membersToAsk();
    this.#confirmations.begin(
      name,
      asked,
      (token) => this.#protocol.broadcast({ specs: [spec], confirm: { name, token } }),
      ({ isHostedElsewhere }) => this.#endRound(name, { asked, isHostedElsewhere }),
    );
  }

  #endRound(
    name: string,
    { asked, isHostedElsewhere }: { readonly asked: readonly string[]; readonly isHostedElsewhere: boolean },
  ): void {
    const spec = this.#specs.get(name);
    const isWanted = spec?.state === "wanted" && this.#isToStartHere(spec);
    // Who has come since may know of an owner that those who were asked have never met.
    const haveAllSpoken = this.#membersToAsk().every((nodeId) => asked.includes(nodeId));
    const isAnybodySuspect = this.#cluster.members().some((member) => member.status === "suspect");
    if (isWanted && haveAllSpoken && !isHostedElsewhere && !isAnybodySuspect) return this.#start(spec);
    this.#protocol.broadcast({ ended: name });
    if (!isWanted) return;
    if (!haveAllSpoken) return this.#reconcile(name);
    // It is being started or stopped there, and most often the registry tells how that ends; this is for when it fails.
    // A suspect answers soon, or is declared dead.
    const { runtime } = this.#cluster.system;
    runtime.setTimer(retryMs * (0.5 + runtime.random()), () => this.#reconcile(name), { background: true });
  }

  /** Suspects too: one that merely stalls may be the one that runs it. */
  #membersToAsk(): string[] {
    const members = this.#cluster.members().filter((member) => !member.isSelf && member.status !== "leaving");
    return members.map((member) => member.nodeId);
  }

  #isToStartHere(spec: SingletonSpec): boolean {
    const { name } = spec;
    if (
      !this.#cluster.hasJoined ||
      this.#hosts.has(name) ||
      this.#isLeaving ||
      this.#registry.owner(name) !== undefined
    )
      return false;
    return this.#knowsAll() && this.#placement.choose(name, this.#candidates(spec)) === this.#cluster.self.nodeId;
  }

  /** Whether every member that is up has said what it knows; before that, a singleton could be running unseen. */
  #knowsAll(): boolean {
    return this.#cluster
      .members()
      .every(
        (member) => member.isSelf || member.status !== "up" || (this.#peers.get(member.nodeId)?.isComplete ?? false),
      );
  }

  #candidates({ className }: SingletonSpec): string[] {
    return this.#cluster
      .members()
      .filter((member) => member.status === "up" && this.#canHost(member, className))
      .map((member) => member.nodeId);
  }

  #canHost({ nodeId, isSelf }: Member, className: string): boolean {
    return isSelf ? this.#classes.has(className) : (this.#peers.get(nodeId)?.hosts.includes(className) ?? false);
  }

  #start(spec: SingletonSpec): void {
    const epoch = (this.#epochs.get(spec.name) ?? 0) + 1;
    this.#raiseEpoch(spec.name, epoch);
    // Before the actor exists: should this node die while it starts, nobody uses the epoch again.
    this.#protocol.broadcast({ epochs: [[spec.name, epoch]], starting: [spec.name] });
    const host = new SingletonHost(spec, epoch, {
      system: this.#cluster.system,
      registry: this.#registry,
      ended: (ended, end) => this.#ended(ended, end),
    });
    this.#hosts.set(spec.name, host);
    void host.start(this.#classes.get(spec.className) as ActorClass);
  }

  /**
   * Its name is free now, so every node sees that the singleton has to run somewhere and the one that placement chooses
   * starts it, most often this one again. Ending too often is counted where it happened and ends it everywhere.
   */
  #ended(host: SingletonHost, end: HostEnd): void {
    const { spec } = host;
    if (this.#hosts.get(spec.name) === host) this.#hosts.delete(spec.name);
    this.#protocol.broadcast({ ended: spec.name });
    if (end.kind === "exited" && !this.#mayRestart(spec.name)) {
      const fields = { name: spec.name, reason: describeExit(end.reason) };
      this.#cluster.system.log.error("singleton gave up: it ended too often", fields);
      if (this.#specs.get(spec.name)?.revision === spec.revision) this.#publish({ ...spec, state: "failed" });
      return;
    }
    this.#reconcileSoon(spec.name);
  }

  #mayRestart(name: string): boolean {
    let intensity = this.#intensities.get(name);
    if (intensity === undefined) this.#intensities.set(name, (intensity = new RestartIntensity()));
    return intensity.allow(this.#cluster.system.runtime.now());
  }

  // ---- waiting ----

  async #whenReachable(name: string, timeoutMs: number): Promise<void> {
    const outcome = (): SingletonState | "running" =>
      this.#registry.owner(name) !== undefined ? "running" : (this.#specs.get(name)?.state ?? "removed");
    const isReached = await this.#until(() => outcome() !== "wanted", timeoutMs);
    if (outcome() === "running") return;
    if (isReached) throw new SupervisionError("singletonFailed", `singleton ${JSON.stringify(name)} is ${outcome()}`);
    const spec = this.#specs.get(name);
    const candidates = spec === undefined ? [] : this.#candidates(spec);
    const where =
      candidates.length === 0 ? "no member can host it" : `it should run on one of ${candidates.join(", ")}`;
    const text = `${JSON.stringify(name)} was not reachable within ${timeoutMs} ms: ${where}`;
    throw new SupervisionError("singletonPending", text);
  }

  /** Looks at `condition` whenever something changes. @returns whether it came true within `timeoutMs` milliseconds. */
  #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isTrue: boolean): void => {
        timer.cancel();
        this.#waiters.delete(check);
        resolve(isTrue);
      };
      const check = (): void => {
        if (condition()) end(true);
      };
      const timer = this.#cluster.system.runtime.setTimer(timeoutMs, () => end(false));
      this.#waiters.add(check);
    });
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }
}
