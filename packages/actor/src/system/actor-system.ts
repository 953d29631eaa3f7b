import { Actor } from "../actor/actor.ts";
import { ActorCell } from "../actor/actor-cell.ts";
import { checkChannels } from "../actor/actor-channels.ts";
import { type ActorClass, assertActorClass } from "../actor/actor-class.ts";
import type { CellHost } from "../actor/cell-host.ts";
import { classNameOf } from "../actor/class-name.ts";
import { type Crash, CrashLog } from "../actor/crash-log.ts";
import { classAtWork, currentExecution, runOutside } from "../actor/execution.ts";
import { rejectedInActor } from "../actor/forgotten-promise.ts";
import { Protocol } from "../actor/protocol.ts";
import { refusalOf } from "../actor/refusal-to-wait.ts";
import { ActorError, innermostStart } from "../errors.ts";
import { counted, inspectAs } from "../log/short-inspect.ts";
import { StormLog } from "../log/storm-log.ts";
import type { DeadLetter } from "../message/dead-letter.ts";
import type { DeadLetterNotes } from "../message/dead-letter-log.ts";
import { DeadLetters } from "../message/dead-letters.ts";
import { Deadlines } from "../message/deadlines.ts";
import { type ActorRef, assertRef } from "../message/ref.ts";
import type { RefOf } from "../message/ref-of.ts";
import { callback, instanceOf, wholeNumber } from "../options/option-rule.ts";
import { checkValue } from "../options/option-table.ts";
import { brandClass } from "../realm/package-copy.ts";
import { callGuarded } from "../runtime/guarded-callback.ts";
import type { Log } from "../runtime/log.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { systemRuntime } from "../runtime/system-runtime.ts";
import { describeExit, type ExitReason, exitReasonRule, showThrown } from "../signal/exit-reason.ts";
import { endingQuietly, expectEnd } from "../signal/expected-end.ts";
import { type ActorTree, actorTree } from "./actor-tree.ts";
import { withDependents } from "./dependents.ts";
import { Scheduler } from "./scheduler.ts";
import { type SpawnArguments, type SupervisedSpawnOptions, spawnTable } from "./spawn-options.ts";
import { type ActorSystemOptions, type GiveUp, systemTable } from "./system-options.ts";
import { endOf, SystemStop, stopMsRule } from "./system-stop.ts";

const noOptions = {};

/** Systems that have stopped stop listening for forgotten promises when nothing holds on to them any more. */
const stopped = new FinalizationRegistry<() => void>((stopListening) => stopListening());

/** What can be the number of an actor. */
const idRule = wholeNumber({ min: 0 });
const cellRule = instanceOf("an ActorCell", ActorCell);

/**
 * The actors of one process: starts them, stops them, and knows who lives.
 *
 * ```ts
 * import { Actor, ActorSystem } from "@foundation/actor";
 *
 * class Greeter extends Actor {
 *   readonly #greeting: string;
 *
 *   constructor(greeting: string) {
 *     super();
 *     this.#greeting = greeting;
 *   }
 *
 *   greet(name: string): string {
 *     return `${this.#greeting} ${name}`;
 *   }
 * }
 *
 * await using system = new ActorSystem({ onDeadLetter: ({ method }) => console.log(`nobody heard ${method}`) });
 * const greeter = system.spawn(Greeter, { args: ["hello"] });
 * console.log(await greeter.ask.greet("ada")); // hello ada
 *
 * await system.stopActor(greeter);
 * greeter.tell.greet("bob"); // nobody heard greet
 * console.log(system.deadLetters); // 1
 * ```
 *
 * When not to use it: a node of a cluster has one, `node.system`; do not make another beside it.
 */
export class ActorSystem implements CellHost {
  readonly name: string;
  readonly runtime: Runtime;
  /** @internal */ readonly scheduler: Scheduler;
  /** @internal */ readonly deadlines: Deadlines;
  /** @internal */ readonly simulateRemote: ((value: unknown) => unknown) | undefined;
  /** @internal The channels to other nodes, which classes and calls may name; undefined: any. */
  readonly knownChannels: ReadonlySet<string> | undefined;
  readonly #deadLetters: DeadLetters;
  /** @internal Logs what happens to many in one moment. */
  readonly storms: StormLog;
  readonly #crashLog: CrashLog;
  readonly #onGiveUp: ((giveUp: GiveUp) => void) | undefined;
  readonly #cells = new Map<number, ActorCell>();
  readonly #systemCells = new Set<ActorCell>();
  readonly #exitHooks = new Set<(cell: ActorCell) => void>();
  /** Weak: classes may come and go, as those made within functions do. */
  readonly #protocols = new WeakMap<ActorClass, Protocol>();
  readonly #stopListening: (() => void) | undefined;
  #lastId = 0;
  #isStopped = false;
  #stopping: Promise<void> | undefined;
  readonly #stop: SystemStop;

  /** @throws ActorError `invalidOption`. */
  constructor(options: ActorSystemOptions = {}) {
    systemTable.check(options);
    const { name = "local", runtime = systemRuntime(), simulateRemote, channels, onDeadLetter, onGiveUp } = options;
    this.name = name;
    this.runtime = runtime;
    this.scheduler = new Scheduler(runtime);
    this.deadlines = new Deadlines(runtime);
    this.simulateRemote = simulateRemote;
    this.knownChannels = channels && new Set(channels);
    this.#onGiveUp = onGiveUp;
    this.storms = new StormLog(runtime.log, () => runtime.now());
    this.#deadLetters = new DeadLetters(runtime, this.storms, onDeadLetter);
    this.#crashLog = new CrashLog(runtime.log, () => runtime.now());
    this.#stop = new SystemStop(this, () => this.#cells.values());
    this.#stopListening = runtime.onUnhandledRejection?.(rejectedInActor);
  }

  get log(): Log {
    return this.runtime.log;
  }

  /** How many actors live. */
  get size(): number {
    return this.#cells.size;
  }

  /** How many messages could not be delivered so far. */
  get deadLetters(): number {
    return this.#deadLetters.count;
  }

  // ---- actors ----

  /**
   * Starts an actor; it runs unsupervised unless a supervisor starts it.
   *
   * The constructor has run when this returns; messages sent from now on wait for `onStart`.
   *
   * @throws ActorError `startFailed` when the constructor throws, `systemStopped` after {@link stop}, `invalidOption`.
   */
  spawn<A extends Actor, Args extends unknown[], P = unknown>(
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...[options]: SpawnArguments<Args>
  ): RefOf<A, NoInfer<P>> {
    return this.spawnFrom(undefined, actorClass, options) as RefOf<A, NoInfer<P>>;
  }

  /** Starts an actor on behalf of another one, or of a part of the node that looks after it. @throws as {@link spawn}. */
  spawnFrom<A extends Actor, Args extends unknown[]>(
    parent: ActorCell | undefined,
    actorClass: ActorClass<A, Args>,
    options: SupervisedSpawnOptions<Args> = noOptions,
  ): ActorRef<A> {
    if (parent !== undefined) checkValue("the parent of an actor", parent, cellRule);
    if (this.#isStopped) {
      const text = `${this.name} has stopped; ${classNameOf(actorClass)} was not started`;
      throw expectEnd(new ActorError("systemStopped", text));
    }
    if (options !== noOptions) spawnTable.check(options);
    if (options.link && parent === undefined)
      throw new ActorError("invalidOption", `link ties ${classNameOf(actorClass)} to its parent, and it has none`);
    const protocol = this.checkClass(actorClass);
    const cell = new ActorCell(this, ++this.#lastId, protocol, { parent, options });
    this.#cells.set(cell.id, cell);
    if (options.guardian === "system" || (parent !== undefined && this.#systemCells.has(parent)))
      this.#systemCells.add(cell);
    this.#stop.spawned(cell);
    try {
      cell.start(actorClass, options.args ?? ([] as unknown[] as Args), options.link ? parent : undefined);
    } catch (error) {
      cell.failedToConstruct(error);
      const text = `the constructor of ${classNameOf(actorClass)} threw: ${showThrown(innermostStart(error))}`;
      throw new ActorError("startFailed", text, { cause: error });
    }
    return cell.self as ActorRef<A>;
  }

  /** The messages of `actorClass`, found once. @throws ActorError `invalidOption` when its statics contradict it. */
  protocolOf(actorClass: ActorClass): Protocol {
    let protocol = this.#protocols.get(actorClass);
    if (protocol === undefined) {
      assertActorClass(actorClass);
      protocol = new Protocol(actorClass, Actor.prototype);
      this.#protocols.set(actorClass, protocol);
    }
    return protocol;
  }

  /** The messages of `actorClass`, if its actors can live here. @throws ActorError `invalidOption`, as a spawn would. */
  checkClass(actorClass: ActorClass): Protocol {
    const protocol = this.protocolOf(actorClass);
    const { className, channels } = protocol;
    if (channels !== undefined && this.knownChannels !== undefined)
      checkChannels(className, channels, this.knownChannels);
    return protocol;
  }

  /** The living actor with this id. @throws ActorError `invalidOption` for what is no number of an actor. */
  cell(id: number): ActorCell | undefined {
    const cell = this.#cells.get(id);
    if (cell === undefined) checkValue("the id of an actor", id, idRule);
    return cell;
  }

  /** The living local actor behind `ref`, or undefined when it has ended or lives elsewhere. */
  cellOf(ref: ActorRef<object>): ActorCell | undefined {
    assertRef(ref);
    const { recipient } = ref;
    return recipient instanceof ActorCell && this.#cells.get(recipient.id) === recipient ? recipient : undefined;
  }

  /** Every actor, by who spawned whom. */
  tree(): ActorTree {
    return actorTree(this.name, this.#cells.values(), (cell) => this.#systemCells.has(cell));
  }

  /**
   * Resolves when a local actor's `onStart` is through.
   *
   * @throws ActorError `startFailed` when the actor ended before that, with the exit reason as its cause; `askSelf` in what the
   * actor itself runs to start.
   */
  whenStarted(ref: ActorRef<object>): Promise<void> {
    const started = async (): Promise<void> => {
      assertRef(ref);
      if (ref.recipient instanceof ActorCell) await ref.recipient.whenStarted();
    };
    return endingQuietly(started().finally(() => this.takeTurn()));
  }

  /**
   * Ends a local actor in order and waits for its end; after `timeoutMs` it is killed.
   *
   * @param timeoutMs milliseconds; 0 kills at once, infinite never. Default 5 000.
   * @throws ActorError `askSelf` in a handler or hook of the actor itself, which would wait for its own end: `context.stop()`.
   */
  async stopActor(ref: ActorRef<object>, reason: ExitReason = "normal", timeoutMs = 5_000): Promise<void> {
    try {
      assertRef(ref);
      checkValue("the reason to stop", reason, exitReasonRule);
      checkValue("the time to stop", timeoutMs, stopMsRule);
      const cell = this.cellOf(ref);
      if (cell === undefined) return;
      if (timeoutMs > 0) cell.assertNotHeldHere("waited for its own end", "call context.stop()");
      await endOf(cell, timeoutMs, () => cell.stop(reason));
    } finally {
      // What is refused at once gives way to others, too.
      const turn = this.takeTurn();
      if (turn !== undefined) await turn;
    }
  }

  /** Whether the system, or the node that it belongs to, has begun to stop. */
  get isStopping(): boolean {
    return this.#stop.hasBegun;
  }

  /**
   * Notes that the system is about to stop: asks, streams and starts that fail from now on because others have ended do so in
   * order, and are no forgotten failures where nobody waits for them. Part of {@link stop}; for what stops more than actors.
   *
   * @param timeoutMs milliseconds that each actor will have. Default 5 000.
   * @throws ActorError `invalidOption`.
   */
  beginStop(timeoutMs = 5_000): void {
    this.#stop.begin(timeoutMs);
  }

  /**
   * Stops every actor, those of the program first, then those of the runtime; children are left to the actors that
   * spawned them as long as these live. Of the others the newest is first, and each is over before the next one is told: until
   * its end an actor may use those that were there before it. Afterwards no actor can be started.
   *
   * What is under way ends with it: an ask that nobody waits for, a stream that is read in the background, a loop that goes on
   * asking. None of them makes the process fail.
   *
   * In a handler or hook it begins to stop, and does not wait: the actor would wait for its own end. What awaits it there gets
   * `askSelf`, which ends the actor in order with the others; what does not await it hears nothing of that.
   *
   * @param timeoutMs milliseconds for each actor without a parent; then it is killed. The order is kept for as long; after that
   * those that are left are told at once.
   * @throws ActorError `askSelf`.
   */
  stop(timeoutMs = 5_000): Promise<void> {
    const stopped = this.#stopOnce(timeoutMs);
    return this.refusalToWait() ?? stopped;
  }

  async #stopOnce(timeoutMs: number): Promise<void> {
    checkValue("the time to stop", timeoutMs, stopMsRule);
    // Not as the work of the actor that calls it, which may end meanwhile.
    this.#stopping ??= runOutside(() => this.#stopAll(timeoutMs));
    await this.#stopping;
  }

  /**
   * @internal What code gets that waits, while it holds the actor `ref`, for what cannot be before that is through: `what`, in the
   * past tense. Without a `ref` it is the actor whose code is at work.
   */
  refusalToWait(
    ref?: ActorRef<object>,
    what = "waited for the end of its system",
    instead = "call stop() without waiting",
  ): Promise<never> | undefined {
    const held = ref === undefined ? currentExecution()?.owner : this.cellOf(ref);
    return held?.system === this && held.isAlive ? refusalOf(held, what, instead) : undefined;
  }

  async #stopAll(timeoutMs: number): Promise<void> {
    this.beginStop(timeoutMs);
    await this.#stop.stopAll((cell) => !this.#systemCells.has(cell), timeoutMs);
    await this.#stop.stopAll((cell) => this.#systemCells.has(cell), timeoutMs);
    this.#isStopped = true;
    this.#stop.end();
    this.killAll(this.#cells.values());
    this.deadlines.close();
    // What was under way may fail much later, and refs may still be asked.
    if (this.#stopListening !== undefined) stopped.register(this, this.#stopListening);
  }

  /** @internal Kills actors, each after those that depend on it: however deep these go, no stack is too small for them. */
  killAll(cells: Iterable<ActorCell>): void {
    for (const each of cells) for (const cell of withDependents(each)) cell.kill();
  }

  /**
   * Calls `hook` for every actor that has ended before anybody else is told: the place to free its names. Returns how to take it back.
   *
   * @throws ActorError `invalidOption`.
   */
  beforeExitSignals(hook: (cell: ActorCell) => void): () => void {
    checkValue("the hook of beforeExitSignals()", hook, callback);
    this.#exitHooks.add(hook);
    return () => this.#exitHooks.delete(hook);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  // ---- for cells and other recipients ----

  /**
   * Resolves at once, as undefined, or in the next turn of the event loop when actors have run long enough in this one: for
   * what answers without a message, so that a loop that waits for it lets timers and I/O have their turns.
   */
  takeTurn(): Promise<void> | undefined {
    return this.scheduler.giveWay();
  }

  /** The class of the actor whose code is at work, if it is one's. */
  get classAtWork(): string | undefined {
    return classAtWork();
  }

  /** @internal Logs an abnormal end, unless there are too many. @param log with the fields of those that tell of it. */
  tellCrash(log: Log, crash: Crash): void {
    this.#crashLog.tell(log, crash);
  }

  /** @internal Counts, logs and tells of a message that reached nobody. */
  deadLetter(letter: DeadLetter, notes: DeadLetterNotes = {}): void {
    if (this.#stop.explains(letter)) this.#deadLetters.addLost(letter);
    else this.#deadLetters.add(letter, notes);
  }

  /** @internal Of a message that waited for an actor when it ended: the log tells of that end already. */
  lostWithItsActor(letter: DeadLetter): void {
    this.#deadLetters.addLost(letter);
  }

  /** @internal A supervisor ends because its children end too often. */
  gaveUp(ref: ActorRef<object>, why: string): void {
    const cell = this.cellOf(ref);
    const told = this.#onGiveUp;
    if (cell === undefined || cell.parent !== undefined || told === undefined) return;
    const supervisor = `${cell.protocol.className} ${cell.label}`;
    // What it starts is no work of the supervisor, which is about to end.
    runOutside(() => callGuarded(this.storms, { event: "onGiveUp", listener: told }, () => told({ supervisor, why })));
  }

  /** @internal Called by an actor that has been told to stop. */
  toldToStop(id: number): void {
    this.#stop.told(this.#cells.get(id));
  }

  /** @internal Called by a cell that has ended, before anybody is told. */
  removed(cell: ActorCell, reason: ExitReason): void {
    this.#stop.ended(cell);
    this.#cells.delete(cell.id);
    this.#systemCells.delete(cell);
    for (const hook of this.#exitHooks)
      callGuarded(this.storms, { event: "beforeExitSignals", listener: hook }, () => hook(cell));
    this.log.debug("actor ended", { actor: cell.protocol.className, id: cell.id, reason: describeExit(reason) });
  }
}

brandClass(ActorSystem.prototype, "ActorSystem");

inspectAs(ActorSystem, ({ name, size }) => `ActorSystem(${name}, ${counted(size, "actor")})`);
