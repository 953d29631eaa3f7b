import { Actor } from "./actor.ts";
import { ActorCell } from "./actor-cell.ts";
import { Deadlines } from "./deadlines.ts";
import { ActorError } from "./errors.ts";
import { describeExit, type ExitReason, showThrown } from "./exit-reason.ts";
import { type ActorClass, Protocol } from "./protocol.ts";
import type { CallOptions } from "./recipient.ts";
import { type ActorRef, askTimeoutMsDefault } from "./ref.ts";
import { CopyingReply, PendingReply, type ReplyTo } from "./reply.ts";
import type { Log } from "./runtime/log.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { systemRuntime } from "./runtime/system-runtime.ts";
import { Scheduler } from "./scheduler.ts";

/** What can be said about an actor when it is spawned. */
export interface SpawnOptions<Args extends unknown[]> {
  /** Arguments of the class's constructor. */
  readonly args?: Args;
  /** The fencing token of this start, see {@link ActorContext.epoch}. */
  readonly epoch?: number;
}

/** The options of a spawn: optional unless the class's constructor needs arguments. */
export type SpawnArguments<Args extends unknown[]> = [] extends Args
  ? [options?: SpawnOptions<Args>]
  : [options: SpawnOptions<Args> & { readonly args: Args }];

/** A message that could not be delivered. */
export interface DeadLetter {
  readonly recipient: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Settings of an {@link ActorSystem}. */
export interface ActorSystemOptions {
  /** Names the system in labels and logs. Default `local`. */
  readonly name?: string;
  readonly runtime?: Runtime;
  /**
   * Copies a value the way a trip to another node would, and throws for values that cannot make it. When given, local
   * messages pass through it, so that tests notice what only works inside one process.
   */
  readonly simulateRemote?: ((value: unknown) => unknown) | undefined;
  /** Told of every message that could not be delivered. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
}

/**
 * The actors of one node.
 *
 * @example
 * ```ts
 * await using system = new ActorSystem();
 * const counter = system.spawn(Counter);
 * counter.tell.increment();
 * await counter.ask.increment(2); // 3
 * ```
 */
export class ActorSystem {
  readonly name: string;
  readonly runtime: Runtime;
  /** @internal */ readonly scheduler: Scheduler;
  /** @internal */ readonly deadlines: Deadlines;
  readonly #simulateRemote: ((value: unknown) => unknown) | undefined;
  readonly #onDeadLetter: ((letter: DeadLetter) => void) | undefined;
  readonly #cells = new Map<number, ActorCell>();
  readonly #exitHooks: ((cell: ActorCell) => void)[] = [];
  readonly #protocols = new Map<ActorClass, Protocol>();
  #lastId = 0;
  #deadLetters = 0;
  #isStopped = false;

  constructor({ name = "local", runtime = systemRuntime(), simulateRemote, onDeadLetter }: ActorSystemOptions = {}) {
    this.name = name;
    this.runtime = runtime;
    this.scheduler = new Scheduler(runtime);
    this.deadlines = new Deadlines(runtime);
    this.#simulateRemote = simulateRemote;
    this.#onDeadLetter = onDeadLetter;
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
    return this.#deadLetters;
  }

  /**
   * Starts an actor; it runs unsupervised unless a supervisor starts it.
   *
   * The constructor has run when this returns; messages sent from now on wait for `onStart`.
   *
   * @throws ActorError `startFailed` when the constructor throws, `systemStopped` after {@link stop}.
   */
  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    ...[options]: SpawnArguments<Args>
  ): ActorRef<A> {
    if (this.#isStopped)
      throw new ActorError("systemStopped", `${this.name} has stopped; ${actorClass.name} was not started`);
    const cell = new ActorCell(this, ++this.#lastId, this.protocolOf(actorClass), options?.epoch);
    this.#cells.set(cell.id, cell);
    try {
      cell.start(actorClass, options?.args ?? ([] as unknown[] as Args));
    } catch (error) {
      cell.failedToConstruct(error);
      throw new ActorError("startFailed", `the constructor of ${actorClass.name} threw: ${showThrown(error)}`, {
        cause: error,
      });
    }
    return cell.self as ActorRef<A>;
  }

  /** The messages of `actorClass`, found once. */
  protocolOf(actorClass: ActorClass): Protocol {
    let protocol = this.#protocols.get(actorClass);
    if (protocol === undefined) {
      protocol = new Protocol(actorClass, Actor.prototype);
      this.#protocols.set(actorClass, protocol);
    }
    return protocol;
  }

  /** The living actor with this id. */
  cell(id: number): ActorCell | undefined {
    return this.#cells.get(id);
  }

  /** The living local actor behind `ref`, or undefined when it has ended or lives elsewhere. */
  cellOf(ref: ActorRef): ActorCell | undefined {
    const { recipient } = ref;
    return recipient instanceof ActorCell && this.#cells.get(recipient.id) === recipient ? recipient : undefined;
  }

  /**
   * Resolves when a local actor's `onStart` is through.
   *
   * @throws ActorError `startFailed` when the actor ended before that, with the exit reason as its cause.
   */
  async whenStarted(ref: ActorRef): Promise<void> {
    if (ref.recipient instanceof ActorCell) await ref.recipient.whenStarted();
  }

  /**
   * Ends a local actor in order and waits for its end; after `timeoutMs` it is killed.
   *
   * @param timeoutMs milliseconds. Default 5 000.
   */
  async stopActor(ref: ActorRef, reason: ExitReason = "normal", timeoutMs = 5_000): Promise<void> {
    const cell = this.cellOf(ref);
    if (cell === undefined) return;
    await new Promise<void>((resolve) => {
      const killer = this.runtime.setTimer(timeoutMs, () => {
        this.log.warn("actor killed: it did not stop in time", {
          actor: cell.protocol.className,
          id: cell.id,
          timeoutMs,
        });
        cell.kill();
      });
      cell.onExit(() => {
        killer.cancel();
        resolve();
      });
      cell.stop(reason);
    });
  }

  /** Stops every actor, newest first, each within `timeoutMs` milliseconds, then refuses new ones. */
  async stop(timeoutMs = 5_000): Promise<void> {
    const newestFirst = [...this.#cells.values()].reverse();
    await Promise.all(newestFirst.map((cell) => this.stopActor(cell.self, "shutdown", timeoutMs)));
    this.#isStopped = true;
    for (const cell of this.#cells.values()) cell.kill();
    this.deadlines.close();
  }

  /** Calls `hook` for every actor that has ended before anybody else is told: the place to free its names. */
  beforeExitSignals(hook: (cell: ActorCell) => void): void {
    this.#exitHooks.push(hook);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal Copies the arguments of a call, or a plain message, when remote hops are simulated. */
  transfer<T>(value: T): T {
    return this.#simulateRemote === undefined ? value : (this.#simulateRemote(value) as T);
  }

  /** @internal Copies the outcome when remote hops are simulated. */
  transferReply(replyTo: ReplyTo): ReplyTo {
    return this.#simulateRemote === undefined ? replyTo : new CopyingReply(replyTo, this.#simulateRemote);
  }

  /** An ask's outcome that is still open: its promise settles by an answer or by the deadline in `options`. */
  pendingReply(options: CallOptions | undefined, describe: () => string): PendingReply {
    return new PendingReply(this.deadlines, options?.timeoutMs ?? askTimeoutMsDefault, describe);
  }

  /** @internal */
  deadLetter(letter: DeadLetter): void {
    this.#deadLetters++;
    this.log.debug("dead letter", { recipient: letter.recipient, method: letter.method });
    // The program's own code: what it throws is reported as its error, in a turn of its own.
    this.#guard(() => this.#onDeadLetter?.(letter));
  }

  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.log.error("a callback threw", { reason: showThrown(error) });
    }
  }

  /** @internal Called by a cell that has ended, before anybody is told. */
  removed(cell: ActorCell, reason: ExitReason): void {
    this.#cells.delete(cell.id);
    for (const hook of this.#exitHooks) hook(cell);
    this.log.debug("actor ended", { actor: cell.protocol.className, id: cell.id, reason: describeExit(reason) });
  }
}
