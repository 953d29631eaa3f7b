import {
  type ActorClass,
  type ActorRef,
  type ExitReason,
  isAbnormal,
  type LogFields,
  type Runtime,
} from "@foundation/actor";
import { describeExitWithCauses } from "@foundation/actor/spi";
import type { Cluster, NodeProtocol } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import { decide } from "./decide.ts";
import type { MemberView } from "./member-view.ts";
import { type BatchLimits, batches, textBytesMax } from "./message-batches.ts";
import { PostponedNames } from "./postponed-names.ts";
import { RestartRecords } from "./restart-records.ts";
import { isConclusive, type RoundEnd, Rounds } from "./rounds.ts";
import { type HostEnd, SingletonHost } from "./singleton-host.ts";
import { type GivenUp, reasonCharactersMax, type SingletonSettings, type SingletonSpec } from "./singleton-spec.ts";
import type { SpecTable } from "./spec-table.ts";
import { StartAnswers } from "./start-answers.ts";
import { StartClaims } from "./start-claims.ts";
import type { StartLog } from "./start-log.ts";
import { type Failure, itemsPerMessageMax, type Objection, type SupervisionMessage } from "./supervision-message.ts";
import { UnsentEnds } from "./unsent-ends.ts";

/**
 * Pauses before a name is looked at again that was about to run elsewhere, each twice as long as the one before: from half of this to one
 * and a half times as much, so that two nodes that stood in each other's way do not do so again. Milliseconds.
 */
const retryMs = 100;
const retryMsMax = 2_000;
/** What a node that starts a singleton may take besides its `startMs`. Milliseconds. */
const startSpareMs = 10_000;
/** How long a start may take whose spec is not known here, or has no limit. Milliseconds: an hour. */
const startMsUnknown = 3_600_000;

/** What {@link SingletonStarts} work with. */
interface SingletonStartsSurroundings {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly table: SpecTable;
  readonly view: MemberView;
  readonly startLog: StartLog;
  readonly protocol: NodeProtocol<SupervisionMessage>;
  /** What one message may hold. */
  readonly bytesPerMessageMax: number;
  /** The class of this node that a spec means. */
  classOf(spec: SingletonSpec): ActorClass | undefined;
  /** `nodeId` asks about a name of which this node does not know the spec, or not in revision `revision`. */
  missing(name: string, revision: number, nodeId: string): void;
  /** `nodeId` knows less of these names than this node: it is told which versions there are. */
  tellOf(names: readonly string[], nodeId: string): void;
  /** There is no room for what `nodeId` says. */
  refused(what: "starts", nodeId: string): void;
  /** It crashed too often, or has ended for good: it is not to be started again. */
  over(spec: SingletonSpec, givenUp: GivenUp | undefined): void;
  /** Something about this name has changed. */
  changed(name: string): void;
  /** It has ended here, or its start has. */
  endedHere(name: string): void;
}

/**
 * Starts the singletons that are for this node, once the other members agree, and sees to their ends.
 *
 * All that is to be started in one turn is one wave of questions. An event is looked at for the names that it touches and
 * for those that are homeless at the moment, however many others there are.
 */
export class SingletonStarts {
  readonly #surroundings: SingletonStartsSurroundings;
  readonly #runtime: Runtime;
  readonly #limits: BatchLimits;
  readonly #rounds: Rounds;
  readonly #claims: StartClaims;
  readonly #records: RestartRecords;
  readonly #answers: StartAnswers;
  readonly #postponed: PostponedNames;
  readonly #hosts = new Map<string, SingletonHost>();
  /** Wanted, and run nowhere as far as this node sees. */
  readonly #homeless = new Set<string>();
  /** To be looked at at the end of this turn. */
  readonly #soon = new Set<string>();
  /** To be claimed at the end of this turn. */
  readonly #wave = new Set<string>();
  /** How often others have objected in a row. */
  readonly #objected = new Map<string, number>();
  readonly #unsentEnds: UnsentEnds;
  #isLeaving = false;

  constructor(surroundings: SingletonStartsSurroundings) {
    const { cluster, bytesPerMessageMax } = surroundings;
    this.#surroundings = surroundings;
    this.#runtime = cluster.system.runtime;
    this.#limits = { itemsMax: itemsPerMessageMax, bytesMax: bytesPerMessageMax };
    this.#unsentEnds = new UnsentEnds({
      runtime: this.#runtime,
      limits: this.#limits,
      broadcast: (message) => void surroundings.protocol.broadcast(message),
    });
    this.#rounds = new Rounds(this.#runtime);
    this.#claims = new StartClaims(this.#runtime);
    this.#records = new RestartRecords(this.#runtime, cluster.self.nodeId);
    this.#answers = new StartAnswers({
      ...surroundings,
      rounds: this.#rounds,
      claims: this.#claims,
      records: this.#records,
      isHosting: (name) => this.#hosts.has(name),
    });
    this.#postponed = new PostponedNames(this.#runtime, (name) => this.reconcile(name));
  }

  /** How it failed last, wherever that was. */
  lastFailure(name: string): Failure | undefined {
    return this.#records.last(name);
  }

  /** The node that has begun to start it, and has not said how that ended. */
  startingOn(name: string): string | undefined {
    return this.#hosts.has(name) ? this.#surroundings.cluster.self.nodeId : this.#claims.claimant(name);
  }

  /** A member that has said that it starts it, and not how that went on. */
  starterOf(name: string): string | undefined {
    return this.#claims.starter(name);
  }

  /** Whether it runs, starts or stops here: any life of it, or one that was asked for before revision `before` of its spec. */
  isHosting(name: string, before = 0): boolean {
    const host = this.#hosts.get(name);
    return host !== undefined && (before === 0 || host.spec.revision < before);
  }

  /** Its actor on this node, also while it starts or stops; see {@link SingletonHost.ref}. */
  actorHere(name: string): ActorRef | undefined {
    return this.#hosts.get(name)?.ref;
  }

  // ---- what happens ----

  /** A newer version of its spec was taken in. */
  specChanged(spec: SingletonSpec, before: SingletonSpec | undefined): void {
    if (spec.state !== "wanted" || (before !== undefined && before.state !== "wanted")) {
      this.#records.forget(spec.name);
      this.#objected.delete(spec.name);
    }
    this.reconcile(spec.name);
  }

  /** The name was taken, here or elsewhere. */
  registered(name: string, nodeId: string): void {
    this.#claims.over(name, nodeId);
    if (this.#homeless.has(name)) this.reconcileSoon(name);
  }

  /** After the turn: a name that is freed and taken in one go (a restart, a conflict) needs nothing. */
  reconcileSoon(name: string): void {
    if (this.#soon.size === 0) this.#runtime.microtask(() => this.#reconcileNoted());
    this.#soon.add(name);
  }

  #reconcileNoted(): void {
    const names = [...this.#soon];
    this.#soon.clear();
    for (const name of names) this.reconcile(name);
  }

  /** Members, or what they can host, have changed: whatever runs nowhere is looked at again. */
  membersChanged(): void {
    for (const name of this.#homeless) this.reconcile(name);
  }

  /** A link to this member stands: it is told what is being started here, and what it may not have been asked. */
  linked(nodeId: string): void {
    const { protocol } = this.#surroundings;
    const isStarting = (host: SingletonHost): boolean =>
      this.#surroundings.registry.holder(host.spec.name) === undefined;
    const starting = [...this.#hosts.values()].filter(isStarting).map((host) => startOf(host));
    for (const batch of batches(starting, this.#limits, namedSize)) protocol.send(nodeId, { starting: batch });
    for (const confirm of this.#rounds.questionsFor(nodeId)) protocol.send(nodeId, { confirm });
  }

  /** What this member said of its starts holds no more: it says it anew. */
  linkedAnew(nodeId: string): void {
    for (const name of this.#claims.linkedAnew(nodeId)) this.#surroundings.changed(name);
  }

  /** The member is gone, and its names are free already: what needs another place is looked at now, and once. */
  memberGone(nodeId: string): void {
    for (const name of this.#claims.gone(nodeId)) this.#surroundings.changed(name);
    this.#rounds.gone(nodeId);
    this.#reconcileNoted();
  }

  received({ starting = [], ended = [], confirm, confirmed }: SupervisionMessage, nodeId: string): void {
    const { table, changed, refused } = this.#surroundings;
    for (const [name, epoch] of starting) {
      table.raiseEpoch(name, epoch);
      if (!this.#claims.starting(name, nodeId, this.#startLimitMs(name))) refused("starts", nodeId);
    }
    for (const [name, failure] of ended) {
      this.#claims.over(name, nodeId);
      const settings = table.get(name)?.settings;
      if (failure !== undefined && settings !== undefined) this.#records.note(name, failure, settings);
      if (this.#homeless.has(name)) this.reconcileSoon(name);
      changed(name);
    }
    if (confirm !== undefined) this.#answers.answer(confirm, nodeId);
    if (confirmed !== undefined) this.#rounds.answered(nodeId, confirmed);
  }

  // ---- where singletons run ----

  /** Does what has to be done about one singleton. */
  reconcile(name: string): void {
    const { cluster, registry, table, view } = this.#surroundings;
    const spec = table.get(name);
    const host = this.#hosts.get(name);
    const decision = decide({
      spec,
      hosted: host?.spec,
      isOwned: registry.holder(name) !== undefined,
      isReady: cluster.hasJoined && !this.#isLeaving && view.knowsAll,
      restMs: this.#records.waitMs(name),
      isChosen: () => spec !== undefined && view.isChosen(spec),
    });
    if (decision.kind === "stop") void host?.stop("shutdown");
    if (decision.kind === "stop" || decision.kind === "settled") {
      this.#homeless.delete(name);
      this.#postponed.delete(name);
      this.#objected.delete(name);
      return;
    }
    this.#homeless.add(name);
    if (decision.kind === "rest") this.#postponed.postpone(name, decision.ms);
    if (decision.kind === "claim" && !this.#rounds.has(name)) this.#claimSoon(name);
  }

  /** Whether it is to be started here, and now. */
  #isToStart(name: string): boolean {
    const { cluster, registry, table, view } = this.#surroundings;
    const spec = table.get(name);
    if (spec?.state !== "wanted" || this.#hosts.has(name) || registry.holder(name) !== undefined) return false;
    return cluster.hasJoined && !this.#isLeaving && view.knowsAll && view.isChosen(spec);
  }

  #claimSoon(name: string): void {
    if (this.#wave.size === 0) this.#runtime.microtask(() => this.#claimWave());
    this.#wave.add(name);
  }

  #claimWave(): void {
    const { table, view, protocol } = this.#surroundings;
    const names = [...this.#wave].filter((name) => !this.#rounds.has(name) && this.#isToStart(name));
    this.#wave.clear();
    this.#unsentEnds.send();
    const asked = names.map((name) => [name, table.get(name)?.revision ?? 0, table.epoch(name)] as const);
    for (const batch of batches(asked, this.#limits, namedSize)) {
      this.#rounds.begin({
        names: batch,
        electorate: view.electorate(),
        ask: (confirm) => protocol.broadcast({ confirm }),
        done: (end) => this.#roundEnded(end),
      });
    }
  }

  #roundEnded(end: RoundEnd): void {
    // A member that has come since may know of an owner that the others have never met.
    const haveAllBeenAsked = this.#surroundings.view.electorate().members.every((nodeId) => end.asked.has(nodeId));
    const granted: string[] = [];
    for (const name of end.names) {
      const objection = this.#standing(end.objections.get(name)) ?? this.#claimHere(name);
      const isToStart = this.#isToStart(name);
      if (isToStart && haveAllBeenAsked && objection === undefined && isConclusive(end)) {
        granted.push(name);
        continue;
      }
      this.#unsentEnds.add(name, undefined);
      if (!isToStart) this.reconcileSoon(name);
      else if (!haveAllBeenAsked) this.#claimSoon(name);
      else this.#tryLater(name, objection);
    }
    this.#start(granted);
  }

  /** An objection counts, unless it is about an owner whose death was noticed here first. */
  #standing(objection: Objection | undefined): Objection | undefined {
    const { cluster } = this.#surroundings;
    const isOver = objection?.why === "owned" && cluster.hasDeparted(objection.by, objection.incarnation);
    return isOver ? undefined : objection;
  }

  /**
   * A member that leaves is not asked, one that is silent does not answer, and may run it by now. What it said of its starts holds until it says
   * more, or is gone; so does what this node has allowed it, as others that did so, too, may have begun a new life since.
   */
  #claimHere(name: string): Objection | undefined {
    const by = this.#claims.claimant(name);
    return by === undefined ? undefined : { at: 0, why: "claimed", by };
  }

  /** Most often the registry tells how it went on, or a verdict comes; this is for when it does not. */
  #tryLater(name: string, objection: Objection | undefined): void {
    if (objection?.why === "resting") return this.#postponed.postpone(name, objection.waitMs);
    const times = this.#objected.get(name) ?? 0;
    this.#objected.set(name, times + 1);
    const pauseMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(times, 10));
    this.#postponed.postpone(name, pauseMs * (0.5 + this.#runtime.random()));
  }

  #start(names: readonly string[]): void {
    const { cluster, registry, table, protocol, classOf } = this.#surroundings;
    const hosts = names.flatMap((name) => {
      const spec = table.get(name);
      if (spec?.settings === undefined) return [];
      const epoch = table.nextEpoch(name);
      table.raiseEpoch(name, epoch);
      const ended = (host: SingletonHost, end: HostEnd): void => this.#hostEnded(host, end);
      const started = (host: SingletonHost): void => this.#surroundings.startLog.started(host);
      const surroundings = { system: cluster.system, registry, started, ended };
      return [new SingletonHost({ ...spec, settings: spec.settings }, epoch, surroundings)];
    });
    for (const host of hosts) this.#hosts.set(host.spec.name, host);
    this.#unsentEnds.send();
    // Before the actors exist: should this node die while they start, their epochs are not used again.
    for (const batch of batches(hosts.map(startOf), this.#limits, namedSize)) protocol.broadcast({ starting: batch });
    for (const host of hosts) {
      this.#homeless.delete(host.spec.name);
      this.#objected.delete(host.spec.name);
      void host.start(classOf(host.spec) as ActorClass);
    }
  }

  /**
   * Its name is free now, so every node sees that the singleton has to run somewhere and the one that placement chooses
   * starts it, most often this one again, after a pause.
   */
  #hostEnded(host: SingletonHost, end: HostEnd): void {
    const { name } = host.spec;
    const { table, changed, endedHere } = this.#surroundings;
    if (this.#hosts.get(name) === host) this.#hosts.delete(name);
    const spec = table.get(name);
    const isCurrent = spec?.state === "wanted" && spec.revision === host.spec.revision;
    if (!isCurrent && end.kind !== "stopped" && isAbnormal(end.reason)) {
      this.#tellCrash(host, "singleton ended", { reason: end.reason });
    }
    this.#unsentEnds.add(name, isCurrent && end.kind !== "stopped" ? this.#failed(host, end) : undefined);
    this.reconcileSoon(name);
    endedHere(name);
    changed(name);
  }

  #failed(host: SingletonHost, end: Exclude<HostEnd, { kind: "stopped" }>): Failure | undefined {
    const { spec } = host;
    const { name, settings } = spec;
    const { cluster, over, startLog } = this.#surroundings;
    if (end.kind === "exited" && settings.restart === "transient" && !isAbnormal(end.reason)) {
      over(spec, undefined);
      return undefined;
    }
    const reason = describeExitWithCauses(end.reason).slice(0, reasonCharactersMax);
    const hadStarted = end.kind === "exited";
    const ranMs = hadStarted ? end.ranMs : 0;
    const { failure, mayRestart } = this.#records.ended(name, { reason, hadStarted, ranMs }, settings);
    const { failures, waitMs } = failure;
    if (mayRestart) {
      const event = hadStarted ? "singleton ended" : "singleton did not start";
      this.#tellCrash(host, event, { reason: end.reason, failures, restartsInMs: Math.round(waitMs) });
      return failure;
    }
    startLog.gaveUp(host, end.reason, failures);
    over(spec, { reason, nodeId: cluster.self.nodeId });
    return failure;
  }

  #tellCrash(host: SingletonHost, event: string, { reason, ...more }: LogFields & { reason: ExitReason }): void {
    const { system } = this.#surroundings.cluster;
    const fields = { ...aboutHost(host), ...more };
    system.tellCrash(system.log, { event, className: host.spec.className, reason, fields });
  }

  // ---- leaving ----

  /** Starts nothing any more. @returns what runs here, starts or stops. */
  leave(): SingletonHost[] {
    this.#isLeaving = true;
    return [...this.#hosts.values()];
  }

  /** Gives up all timers. */
  stop(): void {
    this.#isLeaving = true;
    this.#rounds.stop();
    this.#postponed.stop();
    this.#wave.clear();
  }

  #startLimitMs(name: string): number {
    const { startMs = startMsUnknown }: Partial<SingletonSettings> = this.#surroundings.table.get(name)?.settings ?? {};
    return Math.min(startMs, startMsUnknown) + startSpareMs;
  }
}

function startOf({ spec, epoch }: SingletonHost): readonly [name: string, epoch: number] {
  return [spec.name, epoch];
}

/** About how many bytes a name with a few numbers takes in a message. */
function namedSize([name]: readonly [name: string, ...rest: unknown[]]): number {
  return 30 + textBytesMax(name);
}

function aboutHost({ spec: { name, className }, epoch }: SingletonHost): LogFields {
  return { name, class: className, epoch };
}
