import type { AsyncResource } from "node:async_hooks";
import type { Envelope } from "../contract/envelope.ts";
import type { Execution, ExecutionOwner } from "../contract/execution.ts";
import type { ReadStream } from "../contract/read-stream.ts";
import { ActorError, withoutStack } from "../errors.ts";
import { inspectAs } from "../log/short-inspect.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { ActorRef } from "../message/ref.ts";
import { isRejection } from "../message/rejection.ts";
import { isError } from "../realm/native-class.ts";
import { type Log, withFields } from "../runtime/log.ts";
import { describeExit, type ExitReason, isAbnormal, reasonFrom } from "../signal/exit-reason.ts";
import type { StreamProducer } from "../stream/stream-producer.ts";
import type { ActorSystem } from "../system/actor-system.ts";
import type { CellOptions, SpawnOptions } from "../system/spawn-options.ts";
import { type Actor, type ActorHooks, beginConstruction, endConstruction } from "./actor.ts";
import type { ActorClass } from "./actor-class.ts";
import { ActorContext } from "./actor-context.ts";
import { ActorSignals, type ActorState, type Signal } from "./actor-signals.ts";
import { crashReason, isDragged, noteCrash, tellAfterEnd } from "./crash-report.ts";
import { type HandlerExecution, hookAtWork, OwnExecution, runIn, SharedExecution, scopeOf } from "./execution.ts";
import { invoke } from "./invoke.ts";
import type { Protocol } from "./protocol.ts";
import { needsOwnStack, noteStartWithin, runOnOwnStack } from "./start-depth.ts";
import { isThenable, whenSettled } from "./thenable.ts";
import { UnderWay } from "./under-way.ts";

/** Stands for a message where a signal was handled instead. */
const signalHandled = hookAtWork;

/** How long a handler that stands in the way of an exit signal may take, and `onStop` unless a spawn says otherwise. Milliseconds. */
const stopMsDefault = 5_000;

/** What an actor is made from. */
interface Birth {
  readonly cell: ActorCell;
  readonly actorClass: ActorClass;
  readonly args: unknown[];
  readonly linkTo: ActorCell | undefined;
}

/**
 * One actor of this system as the runtime sees it: its state, its counters, and the loop that handles one signal or message at a
 * time.
 *
 * When not to use it: programs hold refs. `system.cellOf(ref)` gives the cell to packages that build on actors, to tools and to
 * tests, for what a ref does not say: `state`, `exitReason`, `counters`, `onExit`, `kill`.
 */
export class ActorCell extends ActorSignals implements Execution, ExecutionOwner {
  declare readonly system: ActorSystem;
  /** Who spawned it, when it was another actor; undefined once this one has ended: it must not hold on to all before it. */
  parent: ActorCell | undefined;
  readonly epoch: number | undefined;
  /** Milliseconds that `onStop` may take before the actor is killed. Infinite once somebody else sees to it. */
  stopMs: number;

  /** Whether the one that started it tells of its abnormal end. */
  #isReported: boolean;
  #actor: Actor | undefined;
  #context: ActorContext | undefined;
  /** What handlers run as that return no promise; replaced when one of them turns out to return one. */
  #base: SharedExecution | undefined;
  #scope: AsyncResource | undefined;
  #state: ActorState = "starting";
  /** What holds the mailbox: a handler or a hook that returned a promise. */
  #busyWith: "handler" | "hook" | undefined;
  #underWay: UnderWay | undefined;
  /** The end is certain: it comes when the handler at work is through. */
  #isEnding = false;
  #exitReason: ExitReason | undefined;

  constructor(
    system: ActorSystem,
    id: number,
    protocol: Protocol,
    { parent, options }: { parent: ActorCell | undefined; options: CellOptions },
  ) {
    super(system, id, protocol, options);
    this.parent = parent;
    if (parent?.state === "starting") noteStartWithin(parent, this);
    this.epoch = options.epoch;
    this.#isReported = options.isReported === true;
    this.stopMs = options.stopMs ?? (protocol.isSupervisor ? Number.POSITIVE_INFINITY : stopMsDefault);
  }

  /**
   * Constructs the actor, links it to `linkTo` and runs `onStart`, as part of this cell.
   *
   * @throws whatever the constructor throws.
   */
  start<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    args: Args,
    linkTo: ActorCell | undefined,
  ): void {
    runIn(this, ActorCell.#start, { cell: this, actorClass, args, linkTo });
  }

  /** Static: a closure would be one more object for each spawn. */
  static #start(this: void, { cell, actorClass, args, linkTo }: Birth): void {
    const outer = beginConstruction(cell);
    let actor: Actor;
    try {
      actor = new actorClass(...args);
    } finally {
      endConstruction(outer);
    }
    // Killed by its own constructor.
    if (cell.#state === "stopped") return;
    cell.#actor = actor;
    if (linkTo?.isAlive) linkTo.link(cell.self);
    // One whose code goes on after its end cannot be linked: the child learns what it would learn from a link.
    else if (linkTo !== undefined) cell.signal({ kind: "exit", from: linkTo.self, reason: "noproc" });
    cell.#runOnStart();
  }

  #runOnStart(): void {
    let result: void | Promise<void>;
    try {
      const isDeep = this.parent?.state === "starting" && needsOwnStack(this);
      result = isDeep ? runOnOwnStack(this, () => this.#hooks().onStart?.()) : this.#hooks().onStart?.();
    } catch (error) {
      return this.#hookThrew("onStart", error);
    }
    if (isThenable(result)) this.#awaitHook("onStart", result, () => this.#started());
    else this.#started();
  }

  /** What runs from the construction to the end of `onStart` runs as part of the cell itself, as a hook. */
  get envelope(): Envelope | undefined {
    return this.#state === "starting" ? hookAtWork : undefined;
  }

  get owner(): this {
    return this;
  }

  get context(): ActorContext {
    return (this.#context ??= new ActorContext(this));
  }

  /** The actors that are killed when this one is. */
  get dependents(): Iterable<ActorCell> {
    return this.#context?.dependents?.() ?? [];
  }

  override get log(): Log {
    return withFields(this.system.log, { actor: this.protocol.className, id: this.id });
  }

  override get state(): ActorState {
    return this.#state;
  }

  /** Why the actor ended, or undefined while it has not. */
  override get exitReason(): ExitReason | undefined {
    return this.#exitReason;
  }

  override get isAlive(): boolean {
    return this.#state !== "stopped";
  }

  protected override wake(): void {
    if (!this.isScheduled && this.#hasWork()) this.system.scheduler.schedule(this);
  }

  #hasWork(): boolean {
    switch (this.#busyWith) {
      case undefined:
        return this.mailboxLength > 0 || (this.signals !== undefined && this.signals.length > 0);
      case "handler":
        return this.mailbox?.hasReentrant === true;
      case "hook":
        return false;
      default:
        return this.#busyWith satisfies never;
    }
  }

  // ---- for signals and the context ----

  get takenEnvelope(): Envelope | undefined {
    return this.mailbox?.taken;
  }

  /** As {@link stop}, and right here if nothing is under way: not behind the messages of actors that are flooded. */
  stopHere(reason: ExitReason): void {
    if (this.#state === "running" && !this.isHeld && !this.signals?.length) this.#stop(reason);
    else this.stop(reason);
  }

  /** Ends the actor now: no hook runs, a handler that is under way is abandoned. Others see `killed`. */
  override kill(): void {
    this.#stopped("killed");
  }

  /** Ends the actor when the handler at work is through, or without it when that takes too long. */
  protected override endSoon(reason: ExitReason): void {
    if (this.#isEnding || !this.#isUp) return;
    this.#isEnding = true;
    this.stop(reason);
    if (this.#busyWith === undefined) return;
    const { runtime } = this.system;
    const killer = runtime.setTimer(stopMsDefault, () => this.#stopped(reason), { background: true });
    this.onExit(() => killer.cancel());
  }

  protected override get trapsExits(): boolean {
    return this.#context?.trapExits ?? this.hasExitHook;
  }

  /** Whether the class, or this object, says what to do about exit signals; the class counts already in its constructor. */
  get hasExitHook(): boolean {
    return this.protocol.hasExitHook || (this.#actor !== undefined && this.#hooks().onExit !== undefined);
  }

  override get isHeld(): boolean {
    return this.#busyWith !== undefined;
  }

  override get isAtWork(): boolean {
    return this.isHeld || this.mailboxLength > 0 || (this.#underWay?.handlers.size ?? 0) > 0;
  }

  /** Streams of others that its code reads. */
  get reading(): Iterable<ReadStream> {
    return this.#underWay?.reading ?? [];
  }

  /** Whether a message waits or is being handled, an asker waits for its answer, or somebody reads a stream. */
  get isOccupied(): boolean {
    return this.#busyWith !== undefined || this.#hasWork() || this.#underWay?.isEmpty === false;
  }

  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    options: SpawnOptions<Args> | undefined,
  ): ActorRef<A> {
    return this.system.spawnFrom(this, actorClass, options);
  }

  // ---- the loop ----

  /**
   * Handles up to `budget` signals and messages. Called by the scheduler.
   *
   * @returns whether more is ready to be handled.
   */
  run(budget: number): boolean {
    if (this.#scope === undefined) {
      this.#base = new SharedExecution(this);
      this.#scope = scopeOf(this.#base);
    }
    return this.#scope.runInAsyncScope(this.#loop, this, budget);
  }

  #loop(budget: number): boolean {
    const { scheduler } = this.system;
    // Not for a signal alone: the one that says that the actor is idle must find it so.
    if (this.mailboxLength > 0) this.#context?.noteActivity(scheduler.sliceStartedAt);
    for (let left = budget; left > 0; left--) {
      if (scheduler.isTurnSpent()) break;
      const envelope = this.#next();
      if (envelope === undefined) {
        this.mailbox?.release();
        return false;
      }
      if (envelope !== signalHandled) this.#handle(envelope);
    }
    this.mailbox?.release();
    return this.#hasWork();
  }

  /** Handles a signal if one waits, else takes the message that is due, if any may be handled now. */
  #next(): Envelope | undefined {
    if (this.#busyWith === undefined) {
      const signal = this.signals?.shift();
      if (this.#state === "running" && signal === undefined) return this.mailbox?.shift();
      if (signal === undefined || this.#state === "stopping" || this.#state === "stopped") return undefined;
      this.#handleSignal(signal);
      return signalHandled;
    }
    return this.#busyWith === "handler" && this.#state === "running" ? this.mailbox?.shiftReentrant() : undefined;
  }

  #handle(envelope: Envelope): void {
    const { method, replyTo } = envelope;
    const mailbox = this.mailbox as Mailbox;
    if (replyTo?.isAborted) return;
    mailbox.processed++;
    if (method.isAsync || method.isReentrant) {
      const execution = new OwnExecution(this, envelope);
      return runIn(execution, () => this.#execute(execution, envelope));
    }
    const base = this.#base as SharedExecution;
    base.beginTaken();
    this.#execute(base, envelope);
    // Unless it goes on, as an execution of its own.
    if (this.#base === base) base.end();
  }

  /** Calls the handler and does with its result what has to be done. */
  #execute(execution: HandlerExecution, envelope: Envelope): void {
    const { method, args, replyTo } = envelope;
    try {
      const call = this.#context?.behaviour?.[method.name] ?? method.call;
      const result = invoke(call, this.#actor, args);
      if (isThenable(result)) return this.#await(execution, envelope, result);
      if (execution.fate !== "answer") execution.fate = "answer";
      else replyTo?.succeed(result);
    } catch (error) {
      this.#threw(error, envelope, execution);
    }
  }

  #await(execution: HandlerExecution, envelope: Envelope, result: PromiseLike<unknown>): void {
    const { method, replyTo } = envelope;
    // Killed by its own handler, before that returned.
    if (this.#state === "stopped" && execution.fate === "answer") replyTo?.fail(this.noproc());
    if (execution === this.#base) this.#replaceBase(envelope);
    method.isAsync = true;
    const holdsMailbox = this.#busyWith === undefined && !method.isReentrant;
    if (holdsMailbox) this.#busyWith = "handler";
    this.#working.handlers.add(execution);
    const over = (): boolean => {
      execution.end();
      if (this.#state === "stopped") return false;
      this.#underWay?.handlers.delete(execution);
      if (holdsMailbox) this.#busyWith = undefined;
      return true;
    };
    whenSettled(
      result,
      (value) => {
        if (!over()) return;
        if (execution.fate === "answer") replyTo?.succeed(value);
        this.wake();
      },
      (error) => {
        if (over()) this.#threw(error, envelope, execution);
        // An answer that nobody waits for any more is none.
        else if (!isRejection(error)) tellAfterEnd(this.log, error);
      },
    );
  }

  /**
   * What runs in the base execution has turned out to take longer, so that one becomes its own and the actor gets another.
   */
  #replaceBase(envelope: Envelope): void {
    this.#base?.begin(envelope);
    this.#base = this.#scope = undefined;
  }

  #handleSignal(signal: Signal): void {
    const hooks = this.#hooks();
    if (signal.kind !== "idle") this.#context?.noteActivity(this.system.scheduler.sliceStartedAt);
    switch (signal.kind) {
      case "stop":
        return this.#stop(signal.reason);
      case "down": {
        // It was taken back while its Down waited.
        if (!this.ties?.takeMonitor(signal.down.monitor)) return;
        return this.#runHook("onDown", () => hooks.onDown?.(signal.down));
      }
      case "exit":
        return this.#runHook("onExit", () => hooks.onExit?.(signal.exit));
      case "continue":
        return this.#runHook("continue", signal.callback);
      case "idle":
        // A message may have come while the signal waited.
        if (!this.#context?.isIdle) return;
        if (hooks.onIdle === undefined) return this.#stop("normal");
        return this.#runHook("onIdle", () => hooks.onIdle?.());
      default:
        signal satisfies never;
    }
  }

  /** Runs a hook as the loop's only activity; a hook that throws is a crash. */
  #runHook(name: string, hook: () => void | Promise<void>): void {
    const base = this.#base as SharedExecution;
    base.begin(hookAtWork);
    let result: void | Promise<void>;
    try {
      result = hook();
    } catch (error) {
      base.end();
      return this.#hookThrew(name, error);
    }
    if (isThenable(result)) {
      this.#replaceBase(hookAtWork);
      this.#awaitHook(name, result, () => {
        base.end();
        this.wake();
      });
    } else base.end();
  }

  #hookThrew(name: string, error: unknown): void {
    this.#stop(crashReason(error, this, name));
  }

  #awaitHook(name: string, result: PromiseLike<void>, after: () => void): void {
    this.#busyWith = "hook";
    whenSettled(
      result,
      () => {
        this.#busyWith = undefined;
        if (this.#state !== "stopped") after();
      },
      (error) => {
        this.#busyWith = undefined;
        if (this.#state === "stopped") tellAfterEnd(this.log, error);
        else this.#hookThrew(name, error);
      },
    );
  }

  #started(): void {
    if (this.#state !== "starting") return;
    this.#state = "running";
    this.ties?.started();
    this.wake();
  }

  /** A rejection is an answer like any other; everything else that is thrown is a crash. */
  #threw(error: unknown, envelope: Envelope, execution: HandlerExecution): void {
    const { method, replyTo } = envelope;
    // What its handler has failed with is the end of a message: it does not come back.
    if (execution.fate === "stashed") this.#context?.withdraw(envelope);
    execution.fate = "answer";
    if (isRejection(error)) {
      replyTo?.fail(error.cause);
      return this.wake();
    }
    replyTo?.fail(error);
    if (this.#busyWith === undefined && this.#isUp) this.#stop(crashReason(error, this, method.name));
    else this.#crashSoon(error, method.name);
  }

  #crashSoon(error: unknown, where?: string): void {
    if (this.#isUp && !this.#isEnding) this.endSoon(crashReason(error, this, where));
    else tellAfterEnd(this.log, error);
  }

  /** A crash, as soon as the handler at work is through. */
  promiseRejected(error: unknown): void {
    const reason = reasonFrom(error);
    noteCrash(reason, this, { why: "a promise was rejected and nobody handled it" });
    this.#crashSoon(reason);
  }

  get #isUp(): boolean {
    return this.#state === "starting" || this.#state === "running";
  }

  // ---- streams ----

  override streamOpened(producer: StreamProducer): void {
    this.#working.streams.add(producer);
  }

  override streamEnded(producer: StreamProducer): void {
    this.#underWay?.streams.delete(producer);
  }

  override streamThrew(error: unknown, method: string): unknown {
    if (isRejection(error)) return error.cause;
    // The reader gets the error before the end of the actor tells it something else.
    this.#crashSoon(error, method);
    return error;
  }

  reads(stream: ReadStream): void {
    this.#working.reads(stream);
  }

  readsNoMore(stream: ReadStream): void {
    this.#underWay?.readsNoMore(stream);
  }

  get #working(): UnderWay {
    return (this.#underWay ??= new UnderWay());
  }

  override runAs<T>(callback: () => T): T {
    return runIn(new OwnExecution(this, undefined), callback);
  }

  override takeTurn(): Promise<void> | undefined {
    return this.system.scheduler.takeTurn();
  }

  // ---- the end ----

  #stop(reason: ExitReason): void {
    if (this.#state === "stopping" || this.#state === "stopped") return;
    const started = this.#state === "running";
    this.#state = "stopping";
    const hooks = this.#hooks();
    if (!started || hooks.onStop === undefined) return this.#stopped(reason);
    const execution = new OwnExecution(this, hookAtWork);
    try {
      const result = runIn(execution, () => hooks.onStop?.(reason));
      if (!isThenable(result)) return this.#stopped(reason);
      this.#killIfStuck();
      whenSettled(
        result,
        () => this.#stopped(reason),
        (error) => this.#failedToStop(reason, error),
      );
    } catch (error) {
      this.#failedToStop(reason, error);
    }
  }

  /** The error becomes the exit reason, so a crash that was the reason has to be told here. */
  #failedToStop(before: ExitReason, error: unknown): void {
    if (this.#state === "stopped") return tellAfterEnd(this.log, error);
    if (isError(before)) this.#tellCrash(before);
    const reason = reasonFrom(error);
    noteCrash(reason, this, { in: "onStop" });
    this.#stopped(reason);
  }

  /** A crashed actor must not keep its name for ever because its `onStop` never ends. */
  #killIfStuck(): void {
    if (this.stopMs === Number.POSITIVE_INFINITY) return;
    const kill = (): void => {
      const fields = { timeoutMs: this.stopMs };
      const [event, subject] = ["actor killed: its onStop did not end", this.protocol.className];
      this.system.storms.tell(this.log, { level: "warn", event, subject, fields });
      this.kill();
    };
    const killer = this.system.runtime.setTimer(this.stopMs, kill, { background: true });
    this.onExit(() => killer.cancel());
  }

  /** The constructor threw: refs that it has given away answer `noproc`. The spawner has the error in hand. */
  failedToConstruct(error: unknown): void {
    this.#isReported = true;
    this.#stopped(reasonFrom(error));
  }

  #stopped(reason: ExitReason): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#exitReason = reason;
    this.#actor = undefined;
    // A hand-over is the orderly end of a singleton's life on this node.
    if (isAbnormal(reason) && reason !== "handoff") this.#tellEnd(reason);
    if (this.protocol.isSupervisor) this.tellUnheard();
    this.ties?.cancelAll();
    const noproc = (): ActorError => withoutStack(() => this.noproc());
    this.#underWay?.abandon(noproc);
    const stashed = this.#context?.close(noproc) ?? [];
    this.system.removed(this, reason);
    for (const envelope of stashed) this.lost(envelope, noproc);
    for (let next = this.mailbox?.shift(); next; next = this.mailbox?.shift()) this.lost(next, noproc);
    this.mailbox?.release();
    this.signals = undefined;
    // The actor's name is free: now others may know.
    const ties = this.ties;
    this.ties = undefined;
    ties?.ended(this.self, reason, this.system.log);
    this.parent = undefined;
  }

  /** One event for a crash: the one that started the actor tells of it, with what it knows besides, unless it is gone itself. */
  #tellEnd(reason: ExitReason): void {
    if (this.#isReported && this.parent?.isAlive !== false) return;
    if (isDragged(this)) this.log.debug("actor ended with one that it is linked to", { reason: describeExit(reason) });
    // Those that kill say why.
    else if (reason !== "killed") this.#tellCrash(reason);
  }

  #tellCrash(reason: ExitReason): void {
    const { className } = this.protocol;
    const how = isError(reason)
      ? ({ event: "actor crashed", level: "error" } as const)
      : ({ event: "actor ended abnormally", level: "warn" } as const);
    this.system.tellCrash(this.log, { ...how, className, reason, actor: this });
  }

  override noproc(): ActorError {
    const reason = this.#exitReason === undefined ? "gone" : describeExit(this.#exitReason);
    const note = this.#context?.endNote;
    const why = note === undefined ? reason : `${reason}; ${note}`;
    return new ActorError("noproc", `${this.protocol.className} ${this.label} has ended (${why})`);
  }

  #hooks(): ActorHooks {
    return this.#actor as unknown as ActorHooks;
  }
}

inspectAs(ActorCell, ({ protocol, label }) => `ActorCell(${protocol.className} ${label})`);
