import type { Envelope } from "../contract/envelope.ts";
import type { Execution } from "../contract/execution.ts";
import type { ReadStream } from "../contract/read-stream.ts";
import { ActorError, withoutStack } from "../errors.ts";
import { inspectAs } from "../log/short-inspect.ts";
import type { ActorRef } from "../message/ref.ts";
import { isError } from "../realm/native-class.ts";
import { type Log, withFields } from "../runtime/log.ts";
import { describeExit, type ExitReason, isAbnormal, reasonFrom } from "../signal/exit-reason.ts";
import type { StreamHost } from "../stream/stream-producer.ts";
import type { ActorSystem } from "../system/actor-system.ts";
import type { CellOptions, SpawnOptions } from "../system/spawn-options.ts";
import { type Actor, type ActorHooks, construct } from "./actor.ts";
import type { ActorClass } from "./actor-class.ts";
import { ActorContext } from "./actor-context.ts";
import { ActorSignals, type ActorState, type Signal } from "./actor-signals.ts";
import type { ContextOwner } from "./context-owner.ts";
import { crashReason, noteCrash, tellAfterEnd } from "./crash-report.ts";
import { tellCrash, tellEnd, tellStuck } from "./end-report.ts";
import { hookAtWork, OwnExecution, runIn } from "./execution.ts";
import type { Protocol } from "./protocol.ts";
import { needsOwnStack, noteStartWithin, runOnOwnStack } from "./start-depth.ts";
import { isThenable, whenSettled } from "./thenable.ts";
import { Work, type WorkOwner } from "./work.ts";

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
export class ActorCell extends ActorSignals implements Execution, ContextOwner, WorkOwner {
  declare readonly system: ActorSystem;
  /** Who spawned it, when it was another actor; undefined once this one has ended: it must not hold on to all before it. */
  parent: ActorCell | undefined;
  readonly epoch: number | undefined;
  /** Milliseconds that `onStop` may take before the actor is killed. Infinite once somebody else sees to it. */
  stopMs: number;

  /** Whether the one that started it tells of its abnormal end. */
  #isReported: boolean;
  #actor: ActorHooks | undefined;
  #context: ActorContext | undefined;
  #work: Work | undefined;
  #state: ActorState = "starting";
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
    const actor = construct(cell, actorClass, args);
    // Killed by its own constructor.
    if (cell.#state === "stopped") return;
    cell.#actor = actor as unknown as ActorHooks;
    if (linkTo?.isAlive) linkTo.link(cell.self);
    // One whose code goes on after its end cannot be linked: the child learns what it would learn from a link.
    else if (linkTo !== undefined) cell.signal({ kind: "exit", from: linkTo.self, reason: "noproc" });
    cell.#runOnStart();
  }

  #runOnStart(): void {
    let result: void | Promise<void>;
    try {
      const isDeep = this.parent?.state === "starting" && needsOwnStack(this);
      result = isDeep ? runOnOwnStack(this, () => this.#actor?.onStart?.()) : this.#actor?.onStart?.();
    } catch (error) {
      return this.crash(error, "onStart");
    }
    if (isThenable(result)) this.#working.awaitHook("onStart", result, () => this.#started());
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

  /** The same, if its code has asked for it. */
  get surroundings(): ActorContext | undefined {
    return this.#context;
  }

  get actor(): object | undefined {
    return this.#actor;
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

  override wake(): void {
    if (!this.isScheduled && this.hasWork) this.system.scheduler.schedule(this);
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
    if (!this.isHeld) return;
    this.#unlessEnded(stopMsDefault, () => this.#stopped(reason));
  }

  protected override get trapsExits(): boolean {
    return this.#context?.trapExits ?? this.hasExitHook;
  }

  /** Whether the class, or this object, says what to do about exit signals; the class counts already in its constructor. */
  get hasExitHook(): boolean {
    return this.protocol.hasExitHook || this.#actor?.onExit !== undefined;
  }

  override get isHeld(): boolean {
    return this.#work?.heldBy !== undefined;
  }

  override get isAtWork(): boolean {
    return this.isHeld || this.mailboxLength > 0 || this.#work?.hasHandlers === true;
  }

  /** Streams of others that its code reads. */
  get reading(): Iterable<ReadStream> {
    return this.#work?.reading ?? [];
  }

  /** Whether a message waits or is being handled, an asker waits for its answer, or somebody reads a stream. */
  get isOccupied(): boolean {
    return this.hasWork || this.#work?.isUnderWay === true;
  }

  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    options: SpawnOptions<Args> | undefined,
  ): ActorRef<A> {
    return this.system.spawnFrom(this, actorClass, options);
  }

  // ---- its work ----

  /** Handles up to `budget` signals and messages, for the scheduler. @returns whether more is ready to be handled. */
  run(budget: number): boolean {
    // A call in between costs a message that wakes its actor some 4 %.
    const work = this.#work ?? this.#working;
    return work.scope.runInAsyncScope(work.loop, work, budget);
  }

  override get streamHost(): StreamHost {
    return this.#working;
  }

  get #working(): Work {
    return (this.#work ??= new Work(this));
  }

  get hasWork(): boolean {
    const heldBy = this.#work?.heldBy;
    switch (heldBy) {
      case undefined:
        return this.mailboxLength > 0 || (this.signals !== undefined && this.signals.length > 0);
      case "handler":
        return this.mailbox?.hasReentrant === true;
      case "hook":
        return false;
      default:
        return heldBy satisfies never;
    }
  }

  handleSignal(signal: Signal): void {
    const hooks = this.#actor as ActorHooks;
    if (signal.kind !== "idle") this.#context?.noteActivity(this.system.scheduler.sliceStartedAt);
    switch (signal.kind) {
      case "stop":
        return this.#stop(signal.reason);
      case "down":
        // It was taken back while its Down waited.
        if (!this.ties?.takeMonitor(signal.down.monitor)) return;
        return this.#working.runHook("onDown", () => hooks.onDown?.(signal.down));
      case "exit":
        return this.#working.runHook("onExit", () => hooks.onExit?.(signal.exit));
      case "continue":
        return this.#working.runHook("continue", signal.callback);
      case "idle":
        // A message may have come while the signal waited.
        if (!this.#context?.isIdle) return;
        if (hooks.onIdle === undefined) return this.#stop("normal");
        return this.#working.runHook("onIdle", () => hooks.onIdle?.());
      default:
        signal satisfies never;
    }
  }

  #started(): void {
    if (this.#state !== "starting") return;
    this.#state = "running";
    this.ties?.started();
    this.wake();
  }

  crash(error: unknown, where: string): void {
    this.#stop(crashReason(error, this, where));
  }

  crashSoon(error: unknown, where?: string): void {
    if (this.#isUp && !this.#isEnding) this.endSoon(crashReason(error, this, where));
    else tellAfterEnd(this, error);
  }

  /** A crash, as soon as the handler at work is through. */
  promiseRejected(error: unknown): void {
    const reason = reasonFrom(error);
    noteCrash(reason, this, { why: "a promise was rejected and nobody handled it" });
    this.crashSoon(reason);
  }

  get #isUp(): boolean {
    return this.#state === "starting" || this.#state === "running";
  }

  reads(stream: ReadStream): void {
    this.#working.reads(stream);
  }

  readsNoMore(stream: ReadStream): void {
    this.#work?.readsNoMore(stream);
  }

  // ---- the end ----

  #stop(reason: ExitReason): void {
    if (this.#state === "stopping" || this.#state === "stopped") return;
    const started = this.#state === "running";
    this.#state = "stopping";
    const hooks = this.#actor;
    if (!started || hooks?.onStop === undefined) return this.#stopped(reason);
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
    if (this.#state === "stopped") return tellAfterEnd(this, error);
    if (isError(before)) tellCrash(this, before);
    const reason = reasonFrom(error);
    noteCrash(reason, this, { in: "onStop" });
    this.#stopped(reason);
  }

  /** A crashed actor must not keep its name for ever because its `onStop` never ends. */
  #killIfStuck(): void {
    if (this.stopMs === Number.POSITIVE_INFINITY) return;
    this.#unlessEnded(this.stopMs, () => {
      tellStuck(this, this.stopMs);
      this.kill();
    });
  }

  #unlessEnded(delayMs: number, callback: () => void): void {
    const timer = this.system.runtime.setTimer(delayMs, callback, { background: true });
    this.onExit(() => timer.cancel());
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
    if (isAbnormal(reason) && reason !== "handoff" && !this.#isToldByParent) tellEnd(this, reason);
    if (this.protocol.isSupervisor) this.tellUnheard();
    this.ties?.cancelAll();
    const noproc = (): ActorError => withoutStack(() => this.noproc());
    this.#work?.abandon(noproc);
    const stashed = this.#context?.close(noproc) ?? [];
    this.system.removed(this, reason);
    for (const envelope of stashed) this.lost(envelope, noproc);
    for (let next = this.mailbox?.shift(); next; next = this.mailbox?.shift()) this.lost(next, noproc);
    this.mailbox?.release();
    this.signals = undefined;
    // The actor's name is free: now others may know.
    const ties = this.ties;
    this.ties = undefined;
    ties?.ended(this.self, reason, this.system.storms);
    this.parent = undefined;
  }

  /** The one that started it tells of its end, with what it knows besides, unless it is gone itself. */
  get #isToldByParent(): boolean {
    return this.#isReported && this.parent?.isAlive !== false;
  }

  override noproc(): ActorError {
    const reason = this.#exitReason === undefined ? "gone" : describeExit(this.#exitReason);
    const note = this.#context?.endNote;
    const why = note === undefined ? reason : `${reason}; ${note}`;
    return new ActorError("noproc", `${this.protocol.className} ${this.label} has ended (${why})`);
  }
}

inspectAs(ActorCell, ({ protocol, label }) => `ActorCell(${protocol.className} ${label})`);
