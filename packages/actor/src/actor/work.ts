import type { AsyncResource } from "node:async_hooks";
import type { Envelope } from "../contract/envelope.ts";
import type { ExecutionOwner } from "../contract/execution.ts";
import type { ReadStream } from "../contract/read-stream.ts";
import type { ActorError } from "../errors.ts";
import type { StormLog } from "../log/storm-log.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Ring } from "../mailbox/ring.ts";
import { isRejection } from "../message/rejection.ts";
import type { Log } from "../runtime/log.ts";
import type { StreamHost, StreamProducer } from "../stream/stream-producer.ts";
import type { Scheduler } from "../system/scheduler.ts";
import type { ActorState, Signal } from "./actor-signals.ts";
import { tellAfterEnd } from "./crash-report.ts";
import { type HandlerExecution, hookAtWork, OwnExecution, runIn, SharedExecution, scopeOf } from "./execution.ts";
import { invoke } from "./protocol.ts";
import { isThenable, whenSettled } from "./thenable.ts";
import { UnderWay } from "./under-way.ts";

/** The actor whose work it is. */
export interface WorkOwner extends ExecutionOwner {
  readonly system: { readonly scheduler: Scheduler; readonly storms: StormLog };
  readonly label: string;
  readonly log: Log;
  readonly state: ActorState;
  readonly mailbox: Mailbox | undefined;
  readonly signals: Ring<Signal> | undefined;
  /** The object of the program's class; undefined before its construction and after its end. */
  readonly actor: object | undefined;
  /** What its code has asked of its surroundings, if it has. */
  readonly surroundings: Surroundings | undefined;
  /** Whether a signal or message may be handled now. */
  readonly hasWork: boolean;
  handleSignal(signal: Signal): void;
  /** Says that there may be something to do. */
  wake(): void;
  /** A hook or handler threw, and nothing else holds the mailbox. */
  crash(error: unknown, where: string): void;
  /** Code beside the loop threw: the actor ends when the handler at work is through. */
  crashSoon(error: unknown, where: string): void;
}

/** The context of an actor, as its work sees it. */
export interface Surroundings {
  /** Handlers that stand before those of the class. */
  readonly behaviour: Readonly<Record<string, (...args: never[]) => unknown>> | undefined;
  noteActivity(now: number): void;
  /** The handler of a message that it had stashed has thrown. */
  withdraw(envelope: Envelope): void;
}

/** Stands for a message where a signal was handled instead. */
const signalHandled = hookAtWork;

/** What an actor does: takes one signal or message at a time, and runs the hook or handler for it. Made for the first one. */
export class Work implements StreamHost {
  readonly #owner: WorkOwner;
  /** The owner's, at hand: what every message needs. */
  #actor: object | undefined;
  /** What handlers run as that return no promise; replaced when one of them turns out to return one. */
  #base: SharedExecution | undefined;
  #scope: AsyncResource | undefined;
  /** What holds the mailbox: a handler or a hook that returned a promise. */
  #heldBy: "handler" | "hook" | undefined;
  #underWay: UnderWay | undefined;

  constructor(owner: WorkOwner) {
    this.#owner = owner;
  }

  /** What holds the mailbox: a handler or a hook that returned a promise. */
  get heldBy(): "handler" | "hook" | undefined {
    return this.#heldBy;
  }

  /** Whether handlers have returned a promise that is not settled. */
  get hasHandlers(): boolean {
    return (this.#underWay?.handlers.size ?? 0) > 0;
  }

  /** Whether a handler is at work, or somebody reads a stream. */
  get isUnderWay(): boolean {
    return this.#heldBy !== undefined || this.#underWay?.isEmpty === false;
  }

  /** Streams of others that the actor's code reads. */
  get reading(): Iterable<ReadStream> {
    return this.#underWay?.reading ?? [];
  }

  // ---- the loop ----

  /** What {@link loop} runs in. */
  get scope(): AsyncResource {
    return this.#scope ?? this.#newScope();
  }

  #newScope(): AsyncResource {
    this.#actor = this.#owner.actor;
    this.#base = new SharedExecution(this.#owner);
    this.#scope = scopeOf(this.#base);
    return this.#scope;
  }

  /** Handles up to `budget` signals and messages. @returns whether more is ready to be handled. */
  loop(budget: number): boolean {
    const owner = this.#owner;
    const { scheduler } = owner.system;
    const { surroundings } = owner;
    // Not for a signal alone: the one that says that the actor is idle must find it so.
    if (surroundings !== undefined && (owner.mailbox?.length ?? 0) > 0)
      surroundings.noteActivity(scheduler.sliceStartedAt);
    for (let left = budget; left > 0; left--) {
      if (scheduler.isTurnSpent()) break;
      const envelope = this.#next();
      if (envelope === undefined) {
        owner.mailbox?.release();
        return false;
      }
      if (envelope !== signalHandled) this.#handle(envelope);
    }
    owner.mailbox?.release();
    return owner.hasWork;
  }

  /** Handles a signal if one waits, else takes the message that is due, if any may be handled now. */
  #next(): Envelope | undefined {
    const owner = this.#owner;
    if (this.#heldBy === undefined) {
      const signal = owner.signals?.shift();
      const { state } = owner;
      if (state === "running" && signal === undefined) return owner.mailbox?.shift();
      if (signal === undefined || state === "stopping" || state === "stopped") return undefined;
      owner.handleSignal(signal);
      return signalHandled;
    }
    return this.#heldBy === "handler" && owner.state === "running" ? owner.mailbox?.shiftReentrant() : undefined;
  }

  // ---- handlers ----

  #handle(envelope: Envelope): void {
    const { method, replyTo } = envelope;
    const mailbox = this.#owner.mailbox as Mailbox;
    if (replyTo?.isAborted) return;
    mailbox.processed++;
    if (method.isAsync || method.isReentrant) {
      const execution = new OwnExecution(this.#owner, envelope);
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
      const call = this.#owner.surroundings?.behaviour?.[method.name] ?? method.call;
      const result = invoke(call, this.#actor, args);
      if (isThenable(result)) return this.#await(execution, envelope, result);
      if (execution.fate !== "answer") execution.fate = "answer";
      else replyTo?.succeed(result);
    } catch (error) {
      this.#threw(error, envelope, execution);
    }
  }

  #await(execution: HandlerExecution, envelope: Envelope, result: PromiseLike<unknown>): void {
    const owner = this.#owner;
    const { method, replyTo } = envelope;
    // Killed by its own handler, before that returned.
    if (owner.state === "stopped" && execution.fate === "answer") replyTo?.fail(owner.noproc());
    if (execution === this.#base) this.#replaceBase(envelope);
    method.isAsync = true;
    const holdsMailbox = this.#heldBy === undefined && !method.isReentrant;
    if (holdsMailbox) this.#heldBy = "handler";
    this.#begun.handlers.add(execution);
    const over = (): boolean => {
      execution.end();
      if (owner.state === "stopped") return false;
      this.#underWay?.handlers.delete(execution);
      if (holdsMailbox) this.#heldBy = undefined;
      return true;
    };
    whenSettled(
      result,
      (value) => {
        if (!over()) return;
        if (execution.fate === "answer") replyTo?.succeed(value);
        owner.wake();
      },
      (error) => {
        if (over()) this.#threw(error, envelope, execution);
        // An answer that nobody waits for any more is none.
        else if (!isRejection(error)) tellAfterEnd(owner, error);
      },
    );
  }

  /** What runs in the base execution has turned out to take longer, so that one becomes its own and the actor gets another. */
  #replaceBase(envelope: Envelope): void {
    this.#base?.begin(envelope);
    this.#base = this.#scope = undefined;
  }

  /** A rejection is an answer like any other; everything else that is thrown is a crash. */
  #threw(error: unknown, envelope: Envelope, execution: HandlerExecution): void {
    const { method, replyTo } = envelope;
    // What its handler has failed with is the end of a message: it does not come back.
    if (execution.fate === "stashed") this.#owner.surroundings?.withdraw(envelope);
    execution.fate = "answer";
    if (isRejection(error)) {
      replyTo?.fail(error.cause);
      return this.#owner.wake();
    }
    replyTo?.fail(error);
    const { state } = this.#owner;
    if (this.#heldBy === undefined && (state === "starting" || state === "running"))
      this.#owner.crash(error, method.name);
    else this.#owner.crashSoon(error, method.name);
  }

  // ---- hooks ----

  /** Runs a hook as the loop's only activity; a hook that throws is a crash. */
  runHook(name: string, hook: () => void | Promise<void>): void {
    const base = this.#base as SharedExecution;
    base.begin(hookAtWork);
    let result: void | Promise<void>;
    try {
      result = hook();
    } catch (error) {
      base.end();
      return this.#owner.crash(error, name);
    }
    if (isThenable(result)) {
      this.#replaceBase(hookAtWork);
      this.awaitHook(name, result, () => {
        base.end();
        this.#owner.wake();
      });
    } else base.end();
  }

  /** Signals and messages wait until a hook's promise is settled. @param after called then, unless the actor has ended. */
  awaitHook(name: string, result: PromiseLike<void>, after: () => void): void {
    const owner = this.#owner;
    this.#heldBy = "hook";
    whenSettled(
      result,
      () => {
        this.#heldBy = undefined;
        if (owner.state !== "stopped") after();
      },
      (error) => {
        this.#heldBy = undefined;
        if (owner.state === "stopped") tellAfterEnd(owner, error);
        else owner.crash(error, name);
      },
    );
  }

  // ---- streams ----

  get label(): string {
    return this.#owner.label;
  }

  streamOpened(producer: StreamProducer): void {
    this.#begun.streams.add(producer);
  }

  streamEnded(producer: StreamProducer): void {
    this.#underWay?.streams.delete(producer);
  }

  streamThrew(error: unknown, method: string): unknown {
    if (isRejection(error)) return error.cause;
    // The reader gets the error before the end of the actor tells it something else.
    this.#owner.crashSoon(error, method);
    return error;
  }

  runAs<T>(callback: () => T): T {
    return runIn(new OwnExecution(this.#owner, undefined), callback);
  }

  takeTurn(): Promise<void> | undefined {
    return this.#owner.system.scheduler.takeTurn();
  }

  reads(stream: ReadStream): void {
    this.#begun.reads(stream);
  }

  readsNoMore(stream: ReadStream): void {
    this.#underWay?.readsNoMore(stream);
  }

  /** The actor has ended: nobody will finish this. */
  abandon(noproc: () => ActorError): void {
    this.#actor = undefined;
    this.#underWay?.abandon(noproc);
  }

  get #begun(): UnderWay {
    return (this.#underWay ??= new UnderWay());
  }
}
