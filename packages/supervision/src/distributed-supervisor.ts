import type { Actor, ActorClass, RefOf } from "@foundation/actor";
import { checkValue, endingQuietly, OptionTable, optionRule, RepeatedEvents, runOutside } from "@foundation/actor/spi";
import type { Cluster, DepartureReason, Member, NodeProtocol, PartPort } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import { ClassDeclarations } from "./class-declarations.ts";
import { ClassTable } from "./class-table.ts";
import { SupervisionError } from "./errors.ts";
import { type HandOverSurroundings, handOver, releaseHopeless } from "./hand-over.ts";
import { MemberReports } from "./member-reports.ts";
import { MemberView } from "./member-view.ts";
import { NameWaiters } from "./name-waiters.ts";
import { SingletonCalls } from "./singleton-calls.ts";
import { checkRemove, type RemoveOptions, type SingletonArguments, settingsOf, waitRule } from "./singleton-options.ts";
import { SingletonOutlook } from "./singleton-outlook.ts";
import { SingletonRemovals } from "./singleton-removals.ts";
import { type GivenUp, type SingletonSpec, type SpecVersion, tombstone } from "./singleton-spec.ts";
import { SingletonStarts } from "./singleton-starts.ts";
import { SpecAdmission, specBytes } from "./spec-admission.ts";
import { SpecSync } from "./spec-sync.ts";
import { SpecTable, specsMax } from "./spec-table.ts";
import { StartLog } from "./start-log.ts";
import { type SupervisionMessage, supervisionMessageSchema } from "./supervision-message.ts";

/** What a message holds, at most half of what its channel takes. Bytes. */
const bytesPerMessageMax = 64 * 1024;
/** Not `instanceof`: what counts is what they can do. */
const partsTable = new OptionTable<{ readonly cluster: Cluster; readonly registry: Registry }>(
  "DistributedSupervisor",
  {
    cluster: optionRule.required(optionRule.objectWith("a Cluster", "protocol", "addPart")),
    registry: optionRule.required(optionRule.objectWith("a Registry", "register", "reserve", "release", "follow")),
  },
);

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
  readonly #protocol: NodeProtocol<SupervisionMessage>;
  readonly #classes = new ClassTable();
  readonly #view: MemberView;
  readonly #declarations: ClassDeclarations;
  readonly #table: SpecTable;
  readonly #admission: SpecAdmission;
  readonly #sync: SpecSync;
  readonly #starts: SingletonStarts;
  readonly #outlook: SingletonOutlook;
  readonly #calls: SingletonCalls;
  readonly #removals: SingletonRemovals;
  readonly #waiters: NameWaiters;
  readonly #refusals: RepeatedEvents;
  readonly #reports: MemberReports;
  readonly #startLog: StartLog;
  /** Told to those whose messages have waited for it in vain. */
  readonly #whyNotYet = (name: string): string => this.#outlook.whyNotYet(name);
  readonly #port: PartPort;
  #state: "running" | "leaving" | "stopped" = "running";

  /** @throws ActorError `invalidOption`. */
  constructor(cluster: Cluster, registry: Registry) {
    partsTable.check({ cluster, registry });
    this.#cluster = cluster;
    this.#registry = registry;
    const { runtime } = cluster.system;
    this.#waiters = new NameWaiters(runtime);
    this.#refusals = new RepeatedEvents(() => runtime.now());
    const messageBytes = Math.min(bytesPerMessageMax, cluster.endpoint.messageBytesMax("control") / 2);
    this.#declarations = new ClassDeclarations(cluster, this.#classes, messageBytes);
    this.#protocol = cluster.protocol({
      name: "supervision",
      schema: supervisionMessageSchema,
      receive: (message, nodeId) => this.#receive(message, nodeId),
    });
    this.#view = new MemberView(cluster, this.#classes);
    this.#table = new SpecTable({ now: () => runtime.now(), bytesOf: (spec) => specBytes(spec, cluster) });
    this.#admission = new SpecAdmission({ cluster, registry, classes: this.#classes, table: this.#table });
    const shared = {
      runtime,
      table: this.#table,
      protocol: this.#protocol,
      bytesPerMessageMax: messageBytes,
      refused: (what: string, nodeId: string) => this.#refused(what, nodeId),
    };
    this.#sync = new SpecSync({
      ...shared,
      linked: () => this.#view.linkedMembers(),
      merged: (spec, before) => this.#merged(spec, before),
      expected: (name) => registry.reserve(name, this.#whyNotYet),
      unexpected: (name) => {
        registry.release(name);
        this.#waiters.changed(name);
      },
      learned: (name, version, isTombstone) => this.#removals.learned(name, version, isTombstone),
    });
    this.#startLog = new StartLog(cluster);
    this.#starts = new SingletonStarts({
      ...shared,
      startLog: this.#startLog,
      cluster,
      registry,
      view: this.#view,
      classOf: (spec) => this.#classes.own(spec.className),
      missing: (name, revision, nodeId) => this.#sync.missing(name, revision, nodeId),
      tellOf: (names, nodeId) => this.#sync.tellOf(names, nodeId),
      over: (spec, givenUp) => this.#over(spec, givenUp),
      changed: (name) => this.#waiters.changed(name),
      endedHere: (name) => this.#removals.endedHere(name),
    });
    const { nodeId } = cluster.self;
    const parts = { registry, table: this.#table, view: this.#view, starts: this.#starts };
    this.#outlook = new SingletonOutlook(parts);
    const isOnItsWay = (name: string): boolean => this.#sync.isOnItsWay(name);
    const waits = { ...shared, ...parts, waiters: this.#waiters, isOnItsWay };
    this.#calls = new SingletonCalls({ ...waits, outlook: this.#outlook, assertRunning: () => this.#assertRunning() });
    this.#removals = new SingletonRemovals({
      ...waits,
      nodeId,
      tellOf: (names, member) => this.#sync.tellOf(names, member),
      bury: (name, how) => this.#bury(name, how),
    });
    this.#reports = new MemberReports({
      runtime,
      hasNamesOf: (member) => {
        const known = cluster.view.get(member);
        return known !== undefined && registry.isSyncedWith(known);
      },
      complete: (member) => this.#completed(member),
    });
    // After the registry, which it is built on: of a death that one hears first, and names are free when this one decides.
    this.#port = this.#joinNode();
    this.#followNames();
  }

  #joinNode(): PartPort {
    const changed = (): void => this.#membersChanged();
    return this.#cluster.addPart({
      name: "singletons",
      hasCopyOf: ({ nodeId }) => this.#view.isComplete(nodeId) && this.#sync.isSettled(nodeId),
      joined: changed,
      memberUp: (member) => {
        this.#startLog.memberUp(member.nodeId);
        changed();
      },
      memberLinked: (member) => this.#memberLinked(member),
      memberChanged: changed,
      memberDown: (member, reason) => this.#memberDown(member, reason),
      leave: (timeoutMs) => this.leave(timeoutMs),
      stop: () => this.stop(),
    });
  }

  #followNames(): void {
    this.#registry.follow({
      taken: ({ name, epoch, nodeId }) => {
        if (epoch > 0) this.#table.raiseEpoch(name, epoch);
        this.#starts.registered(name, nodeId);
        this.#waiters.changed(name);
      },
      freed: ({ name, epoch, nodeId }) => {
        this.#startLog.freed(name, nodeId);
        if (this.#table.get(name) !== undefined) this.#starts.reconcileSoon(name);
        if (epoch > 0) this.#removals.freed(name);
        this.#waiters.changed(name);
      },
      synced: (nodeId) => {
        this.#reports.namesCame(nodeId);
        this.#membersChanged();
      },
    });
  }

  /**
   * Lets this node host actors of these classes.
   *
   * @throws SupervisionError `classConflict` when another class of the same name was declared; ActorError `invalidOption`
   * when the statics of one contradict it, or name a channel that this node does not have; SupervisionError `stopped`.
   */
  declare(...classes: readonly ActorClass[]): void {
    this.#assertNotStopped();
    const added = classes.flatMap((actorClass) => this.#declarations.declare(actorClass) ?? []);
    if (added.length === 0) return;
    this.#declarations.tell(added, (message) => void this.#protocol.broadcast(message));
    this.#membersChanged();
  }

  /**
   * Makes sure that one actor of this class runs in the cluster under `name`, and returns a ref that follows it.
   *
   * The first call decides the class, the arguments and the other options; later ones, from any node, get a ref to the same actor.
   *
   * @throws SupervisionError `singletonConflict` when the name belongs to another class, `singletonPending` when it is not
   * reachable in time, `singletonFailed` when it crashed too often, `classConflict`, `singletonTooLarge`, `tooManySingletons`,
   * `stopped`; RegistryError `invalidName`; ActorError `invalidOption`.
   */
  singleton<A extends Actor, Args extends unknown[], P = unknown>(
    name: string,
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...[options]: SingletonArguments<Args>
  ): Promise<RefOf<A, NoInfer<P>>> {
    const made = endingQuietly(this.#singleton<A, Args, P>(name, actorClass, options));
    const isThere = this.#registry.holder(name) !== undefined;
    return (isThere ? undefined : this.#refusalToWait(name, made, "waited for its own start")) ?? made;
  }

  async #singleton<A extends Actor, Args extends unknown[], P>(
    name: string,
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    options: SingletonArguments<Args>[0] | undefined,
  ): Promise<RefOf<A, NoInfer<P>>> {
    this.#assertRunning();
    const ref = this.#registry.ref<A>(name) as RefOf<A, NoInfer<P>>;
    const settings = settingsOf(name, actorClass, (options ?? {}) as Parameters<typeof settingsOf>[2]);
    this.declare(actorClass);
    const mark = this.#declarations.markOf(actorClass);
    const time = this.#calls.time(options?.timeoutMs ?? 5_000);
    // Another node has asked for it already: its call decides, also about the class.
    if (this.#calls.isComing(name)) await this.#calls.whenCome(name, time);
    this.#admission.assertFree(name, mark);
    // The one before may still be stopping.
    let epochBefore = 0;
    if (this.#table.get(name)?.state !== "wanted") {
      epochBefore = this.#registry.holder(name)?.epoch ?? 0;
      const { name: className, fingerprint, isNamed } = mark;
      const version = this.#nextVersion(name);
      const args: readonly unknown[] = options?.args ?? [];
      const spec = { name, className, fingerprint, isNamed, args, settings, state: "wanted", ...version } as const;
      this.#admission.assertFits(spec);
      this.#removals.close(name);
      this.#sync.publish(spec);
    }
    await this.#calls.whenReachable(name, epochBefore, time);
    return ref;
  }

  /**
   * Ends a singleton everywhere, also one that this node has not heard of yet. Resolves when that is over, wherever it ran: its `onStop` is
   * through and its name is free. Other callers, on any node, wait for the same end.
   *
   * In a handler or hook of the singleton itself the removal begins, and is not waited for, as `system.stop()`.
   *
   * @returns whether there was one of this name.
   * @throws SupervisionError `singletonPending` when it has not ended in time, and is removed all the same, or when a member that may run it
   * does not answer. `stopped`; RegistryError `invalidName`; ActorError `invalidOption`, `askSelf`.
   */
  remove(name: string, options: RemoveOptions = {}): Promise<boolean> {
    const removed = endingQuietly(runOutside(() => this.#remove(name, options)));
    return this.#refusalToWait(name, removed, "waited for its own removal") ?? removed;
  }

  async #remove(name: string, options: RemoveOptions): Promise<boolean> {
    this.#assertNotStopped();
    checkRemove(name, options);
    const { timeoutMs = 10_000 } = options;
    const outcome = await this.#removals.remove(name, timeoutMs);
    if ("had" in outcome) return outcome.had;
    if (this.#state === "stopped") throw this.#stopped(`it does not hear of the end of ${JSON.stringify(name)}`);
    const text = `${JSON.stringify(name)} has not ended after ${timeoutMs} ms: ${outcome.pending}`;
    throw new SupervisionError("singletonPending", text);
  }

  /** What code of the singleton itself gets where it waits for what cannot be before it is through. */
  #refusalToWait(name: string, outcome: Promise<unknown>, what: string): Promise<never> | undefined {
    if (!this.#starts.isHosting(name)) return undefined;
    const { system } = this.#cluster;
    const refused = system.refusalToWait(this.#starts.actorHere(name), what, "do not await that here");
    // It goes on without a caller.
    if (refused !== undefined) outcome.catch(() => {});
    return refused;
  }

  /** The singletons that the cluster keeps running. @throws SupervisionError `stopped`. */
  singletons(): SingletonSpec[] {
    this.#assertNotStopped();
    return [...this.#table.specs()].filter((spec) => spec.state === "wanted");
  }

  /**
   * Hands this node's singletons to others: stops each and waits until it runs elsewhere, at the latest for `timeoutMs`
   * milliseconds. Those that no other member can host run on, until `system.stop()` ends them with the other actors, in their order.
   * The cluster must know by now that this node is leaving. From here on this node starts none.
   *
   * @throws ActorError `invalidOption`: the supervisor goes on then.
   */
  async leave(timeoutMs = 5_000): Promise<void> {
    checkValue("the time to leave", timeoutMs, waitRule);
    this.#state = "leaving";
    await handOver(this.#starts.leave(), timeoutMs, this.#handOverParts());
    this.stop();
  }

  #handOverParts(): HandOverSurroundings {
    return { registry: this.#registry, table: this.#table, view: this.#view, waiters: this.#waiters };
  }

  /** Gives up everything that waits, and all timers. {@link leave} ends with it. Idempotent. */
  stop(): void {
    this.#state = "stopped";
    this.#reports.stop();
    this.#startLog.stop();
    this.#removals.stop();
    this.#sync.stop();
    this.#starts.stop();
    this.#waiters.stop();
  }

  // ---- what the nodes tell each other ----

  #memberLinked({ nodeId }: Member): void {
    this.#view.linked(nodeId);
    this.#starts.linkedAnew(nodeId);
    this.#reports.linked(nodeId);
    this.#declarations.tell(this.#classes.marks(), (message) => void this.#protocol.send(nodeId, message));
    this.#sync.linked(nodeId);
    this.#starts.linked(nodeId);
    this.#removals.linked(nodeId);
    this.#protocol.send(nodeId, { isComplete: true });
  }

  #memberDown({ nodeId }: Member, reason: DepartureReason): void {
    this.#reports.gone(nodeId);
    this.#startLog.memberDown(nodeId, reason);
    this.#classes.gone(nodeId);
    this.#view.gone(nodeId);
    this.#sync.gone(nodeId);
    this.#starts.memberGone(nodeId);
    this.#removals.memberGone(nodeId);
    this.#membersChanged();
  }

  #receive(message: SupervisionMessage, nodeId: string): void {
    // Between the verdict about a member and the end of its link, what it says is not news any more.
    if (this.#cluster.view.get(nodeId) === undefined || this.#state === "stopped") return;
    const { classes, isComplete } = message;
    if (classes !== undefined) {
      this.#declarations.heard(classes, nodeId);
      this.#membersChanged();
    }
    this.#sync.received(message, nodeId);
    this.#starts.received(message, nodeId);
    this.#removals.received(message, nodeId);
    if (isComplete === true) this.#reports.told(nodeId);
    if (message.isGiven === true) this.#port.copied();
  }

  #refused(what: string, member: string): void {
    const leftOut = this.#refusals.admit(`${what} ${member}`);
    if (leftOut === undefined) return;
    const why = `this node keeps ${specsMax} at most`;
    this.#cluster.system.log.warn("what a member says is not kept", { member, what, why, leftOut });
  }

  #completed(nodeId: string): void {
    this.#view.completed(nodeId);
    this.#membersChanged();
    this.#port.copied();
  }

  #membersChanged(): void {
    this.#view.changed();
    this.#starts.membersChanged();
    if (this.#state === "leaving") this.#waiters.changedAll();
    if (this.#state === "stopped") releaseHopeless(this.#handOverParts());
  }

  #merged(spec: SingletonSpec, before: SingletonSpec | undefined): void {
    this.#cluster.clock.observe(spec.stamp);
    const { name, givenUp } = spec;
    if (spec.state === "wanted") this.#registry.reserve(name, this.#whyNotYet);
    else {
      const why = givenUp && `it was given up on ${givenUp.nodeId}, where it ended too often: ${givenUp.reason}`;
      this.#registry.release(name, why);
    }
    this.#starts.specChanged(spec, before);
    this.#waiters.changed(name);
  }

  // ---- specs ----

  #nextVersion(name: string): SpecVersion {
    const revision = (this.#table.get(name)?.revision ?? 0) + 1;
    return { revision, stamp: this.#cluster.clock.tick(), origin: this.#cluster.self.nodeId };
  }

  #bury(
    name: string,
    { isTold, version }: { readonly isTold: boolean; readonly version?: SpecVersion | undefined },
  ): void {
    if (version !== undefined) this.#cluster.clock.observe(version.stamp);
    const next = this.#nextVersion(name);
    const revision = Math.max(next.revision, (version?.revision ?? 0) + 1);
    const spec = tombstone(name, { ...next, revision });
    if (isTold) this.#sync.publish(spec);
    else this.#sync.take(spec);
  }

  #over({ name, revision }: SingletonSpec, givenUp: GivenUp | undefined): void {
    const spec = this.#table.get(name);
    if (spec?.state !== "wanted" || spec.revision !== revision) return;
    const version = this.#nextVersion(name);
    if (givenUp === undefined) this.#sync.publish(tombstone(name, version));
    else this.#sync.publish({ ...spec, ...version, state: "failed", givenUp });
  }

  #assertNotStopped(): void {
    if (this.#state === "stopped") this.#assertRunning();
  }

  #assertRunning(): void {
    if (this.#state !== "running") throw this.#stopped("it asks for no singletons");
  }

  #stopped(consequence: string): SupervisionError {
    return new SupervisionError("stopped", `node ${this.#cluster.self.nodeId} is ${this.#state}; ${consequence}`);
  }
}
