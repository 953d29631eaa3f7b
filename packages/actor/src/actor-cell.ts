import { type Actor, type ActorHooks, constructWith } from "./actor.ts";
import type { ActorContext } from "./actor-context.ts";
import type { ActorSystem, SpawnArguments } from "./actor-system.ts";
import { ActorError } from "./errors.ts";
import { describeExit, type ExitReason, reasonFrom } from "./exit-reason.ts";
import { type Envelope, Mailbox } from "./mailbox.ts";
import type { Down, Monitor } from "./monitor.ts";
import type { ActorClass, Method, Protocol } from "./protocol.ts";
import type { CallOptions, ExitListener, Recipient } from "./recipient.ts";
import { ActorRef } from "./ref.ts";
import { Rejection } from "./rejection.ts";
import type { ReplyTo } from "./reply.ts";
import { type Log, withFields } from "./runtime/log.ts";

/**
 * The life of one actor.
 *
 * `starting` until `onStart` is through, `stopping` while `onStop` runs; messages wait or are refused meanwhile.
 */
type State = "starting" | "running" | "stopping" | "stopped";

/** What reaches an actor ahead of its messages. */
type Signal = { readonly kind: "stop"; readonly reason: ExitReason } | { readonly kind: "down"; readonly down: Down };

const isDownOf = (signal: Signal, monitor: Monitor): boolean =>
  signal.kind === "down" && signal.down.monitor === monitor;

/** Promises of other libraries count as well. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value instanceof Promise ||
  (typeof value === "object" && value !== null && "then" in value && typeof value.then === "function");

/** A promise of our own settles once, whatever the thenable does. */
const settled = <T>(result: PromiseLike<T>): Promise<T> =>
  result instanceof Promise ? result : Promise.resolve(result);

/** How long `onStop` may take after a crash or a stop that nobody bounded. Milliseconds. */
const stopMsMax = 5_000;

/** The actor whose handler or hook is on the stack. */
let current: ActorCell | undefined;

/** One actor of this system: its mailbox, its state and the loop that handles one message at a time. */
export class ActorCell implements Recipient, ActorContext {
  readonly id: number;
  readonly system: ActorSystem;
  readonly protocol: Protocol;
  readonly self: ActorRef;
  /** Whether nodes that were never given a ref may reach this actor: set when it is registered or its ref is sent. */
  isExposed = false;
  /** Whether the scheduler has this cell in its queue. Owned by the scheduler. */
  isScheduled = false;

  readonly isLocal: boolean = true;
  readonly #mailbox = new Mailbox();
  #actor: Actor | undefined;
  #state: State = "starting";
  /** The handler or hook that is under way and returned a promise. */
  #isBusy = false;
  /** Who waits for the message that is being handled. */
  #currentReply: ReplyTo | undefined;
  #signals: Signal[] | undefined;
  #exitListeners: Set<ExitListener> | undefined;
  #startListeners: ((reason: ExitReason | undefined) => void)[] | undefined;
  #monitors: Set<Monitor> | undefined;
  #exitReason: ExitReason | undefined;

  readonly epoch: number | undefined;

  constructor(system: ActorSystem, id: number, protocol: Protocol, epoch: number | undefined) {
    this.system = system;
    this.epoch = epoch;
    this.id = id;
    this.protocol = protocol;
    this.self = new ActorRef(this);
  }

  /** Constructs the actor and runs `onStart`. @throws whatever the constructor throws. */
  start<A extends Actor, Args extends unknown[]>(actorClass: ActorClass<A, Args>, args: Args): void {
    this.#actor = constructWith(this, () => new actorClass(...args));
    const hooks = this.#hooks();
    if (hooks.onStart === undefined) return this.#started();
    this.#runHook(
      () => hooks.onStart?.(),
      () => this.#started(),
    );
  }

  get label(): string {
    return `${this.system.name}/${this.id}`;
  }

  get log(): Log {
    return withFields(this.system.log, { actor: this.protocol.className, id: this.id });
  }

  /** How many messages wait. */
  get mailboxLength(): number {
    return this.#mailbox.length;
  }

  /** Why the actor ended, or undefined while it has not. */
  get exitReason(): ExitReason | undefined {
    return this.#exitReason;
  }

  get isAlive(): boolean {
    return this.#state !== "stopped";
  }

  // ---- messages in ----

  tell(name: string, args: readonly unknown[], _options?: CallOptions): void {
    this.#enqueue({ method: this.#methodOf(name), args: this.#transfer(args), replyTo: undefined });
  }

  /** A class without `receive` takes no plain messages: what is sent to it becomes a dead letter. */
  send(message: unknown, _options?: CallOptions): void {
    const method = this.protocol.receive;
    const args = [this.#transfer(message)];
    if (method === undefined) this.system.deadLetter({ recipient: this.label, method: "receive", args });
    else this.#enqueue({ method, args, replyTo: undefined });
  }

  ask(name: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    const pending = this.system.pendingReply(options, () => `${this.protocol.className}.${name}() of ${this.label}`);
    this.request(name, args, options, pending);
    return pending.promise;
  }

  request(name: string, args: readonly unknown[], _options: CallOptions | undefined, replyTo: ReplyTo): void {
    try {
      if (current === this) {
        throw new ActorError(
          "askSelf",
          `${this.label} asked itself for ${name}() and would wait forever; call the method instead`,
        );
      }
      const method = this.#methodOf(name);
      this.#enqueue({ method, args: this.#transfer(args), replyTo: this.#transferReply(replyTo) });
    } catch (error) {
      // Not handed back: sending the same again would fail the same way.
      replyTo.fail(error);
    }
  }

  /**
   * Puts a call that came from another node into the mailbox.
   *
   * @throws ActorError `badMessage` when the class has no such message, or none that other nodes may send.
   */
  deliver(name: string, args: readonly unknown[], replyTo: ReplyTo | undefined): void {
    if (!this.protocol.isRemotable) {
      throw new ActorError("badMessage", `${this.protocol.className} takes messages of its own node only`);
    }
    this.#enqueue({ method: this.#methodOf(name), args, replyTo });
  }

  #transfer<T>(value: T): T {
    return this.protocol.isRemotable ? this.system.transfer(value) : value;
  }

  #transferReply(replyTo: ReplyTo): ReplyTo {
    return this.protocol.isRemotable ? this.system.transferReply(replyTo) : replyTo;
  }

  #methodOf(name: string): Method {
    const method = this.protocol.method(name);
    if (method === undefined) {
      throw new ActorError("badMessage", `${this.protocol.className} has no message ${JSON.stringify(name)}`);
    }
    return method;
  }

  #enqueue(envelope: Envelope): void {
    if (this.#state === "stopped") return this.#undeliverable(envelope);
    this.#mailbox.push(envelope);
    this.#wake();
  }

  #wake(): void {
    if (!this.isScheduled && !this.#isBusy) this.system.scheduler.schedule(this);
  }

  // ---- signals in ----

  stop(reason: ExitReason = "normal"): void {
    this.#signal({ kind: "stop", reason });
  }

  /** Ends the actor now: no hook runs, a handler that is under way is abandoned. Others see `killed`. */
  kill(): void {
    if (this.#state === "stopped") return;
    this.#stopped("killed");
  }

  monitor(ref: ActorRef): Monitor {
    this.#monitors ??= new Set();
    const monitors = this.#monitors;
    let cancelWatch = (): void => {};
    const monitor: Monitor = {
      cancel: () => {
        cancelWatch();
        // A Down that is already queued is taken back too (OTP: demonitor with flush).
        if (!monitors.delete(monitor)) this.#signals = this.#signals?.filter((s) => !isDownOf(s, monitor));
      },
    };
    monitors.add(monitor);
    cancelWatch = ref.recipient.watch((reason) => {
      if (monitors.delete(monitor)) this.#signal({ kind: "down", down: { monitor, ref, reason } });
    });
    return monitor;
  }

  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    ...options: SpawnArguments<Args>
  ): ActorRef<A> {
    return this.system.spawn(actorClass, ...options);
  }

  watch(listener: ExitListener): () => void {
    if (this.#exitReason === undefined) return this.onExit(listener);
    listener("noproc");
    return () => {};
  }

  /** Calls `listener` once when the actor has ended, at once when it already has. Returns how to take it back. */
  onExit(listener: ExitListener): () => void {
    if (this.#exitReason !== undefined) {
      listener(this.#exitReason);
      return () => {};
    }
    this.#exitListeners ??= new Set();
    this.#exitListeners.add(listener);
    return () => this.#exitListeners?.delete(listener);
  }

  /** Resolves when `onStart` is through. @throws the exit reason, as an Error, when the actor ends before that. */
  whenStarted(): Promise<void> {
    if (this.#state === "running") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const listener = (reason: ExitReason | undefined): void => {
        if (reason === undefined) return resolve();
        reject(
          new ActorError("startFailed", `${this.protocol.className} did not start: ${describeExit(reason)}`, {
            cause: reason,
          }),
        );
      };
      if (this.#exitReason !== undefined) return listener(this.#exitReason);
      this.#startListeners ??= [];
      this.#startListeners.push(listener);
    });
  }

  #signal(signal: Signal): void {
    if (this.#state === "stopped") return;
    this.#signals ??= [];
    this.#signals.push(signal);
    this.#wake();
  }

  // ---- the loop ----

  /**
   * Handles up to `budget` signals and messages. Called by the scheduler.
   *
   * @returns whether more is ready to be handled.
   */
  run(budget: number): boolean {
    for (let left = budget; left > 0; left--) {
      if (this.#isBusy || this.#state === "stopping" || this.#state === "stopped") return false;
      // Looked at often enough that handlers of a millisecond each do not keep I/O waiting, and seldom enough to be cheap.
      if ((left & 3) === 0 && left < budget && this.system.scheduler.isSliceSpent()) break;
      const signal = this.#signals?.shift();
      if (signal !== undefined) {
        this.#handleSignal(signal);
        continue;
      }
      if (this.#state === "starting") return false;
      const envelope = this.#mailbox.shift();
      if (envelope === undefined) return false;
      this.#handle(envelope);
    }
    return !this.#isBusy && (this.#mailbox.length > 0 || (this.#signals?.length ?? 0) > 0);
  }

  #handle({ method, args, replyTo }: Envelope): void {
    const outer = current;
    current = this;
    try {
      const result: unknown = Reflect.apply(method.call, this.#actor, args);
      if (isThenable(result)) this.#await(result, replyTo);
      else replyTo?.succeed(result);
    } catch (error) {
      this.#threw(error, replyTo);
    } finally {
      current = outer;
    }
  }

  #await(result: PromiseLike<unknown>, replyTo: ReplyTo | undefined): void {
    this.#isBusy = true;
    this.#currentReply = replyTo;
    settled(result).then(
      (value) => {
        if (this.#state === "stopped") return;
        this.#currentReply = undefined;
        replyTo?.succeed(value);
        this.#resume();
      },
      (error) => {
        if (this.#state === "stopped") return;
        this.#currentReply = undefined;
        this.#isBusy = false;
        this.#threw(error, replyTo);
      },
    );
  }

  #resume(): void {
    this.#isBusy = false;
    if (this.#mailbox.length > 0 || (this.#signals?.length ?? 0) > 0) this.#wake();
  }

  #handleSignal(signal: Signal): void {
    switch (signal.kind) {
      case "stop":
        return this.#stop(signal.reason);
      case "down": {
        const hooks = this.#hooks();
        return this.#runHook(
          () => hooks.onDown?.(signal.down),
          () => this.#resume(),
        );
      }
      default:
        signal satisfies never;
    }
  }

  /** Runs a hook as the loop's only activity; a hook that throws is a crash. */
  #runHook(hook: () => void | Promise<void>, after: () => void): void {
    const outer = current;
    current = this;
    try {
      const result = hook();
      if (!isThenable(result)) return after();
      this.#isBusy = true;
      settled(result).then(
        () => {
          if (this.#state === "stopped") return;
          this.#isBusy = false;
          after();
        },
        (error) => {
          if (this.#state === "stopped") return;
          this.#isBusy = false;
          this.#crash(error);
        },
      );
    } catch (error) {
      this.#crash(error);
    } finally {
      current = outer;
    }
  }

  #started(): void {
    if (this.#state !== "starting") return;
    this.#state = "running";
    for (const listener of this.#startListeners ?? []) listener(undefined);
    this.#startListeners = undefined;
    this.#resume();
  }

  /** A rejection is an answer like any other; everything else that is thrown is a crash. */
  #threw(error: unknown, replyTo: ReplyTo | undefined): void {
    if (error instanceof Rejection) {
      replyTo?.fail(error.cause);
      return this.#resume();
    }
    replyTo?.fail(error);
    this.#crash(error);
  }

  // ---- the end ----

  #crash(thrown: unknown): void {
    this.#stop(reasonFrom(thrown));
  }

  #stop(reason: ExitReason): void {
    const started = this.#state === "running";
    this.#state = "stopping";
    const hooks = this.#hooks();
    if (!started || hooks.onStop === undefined) return this.#stopped(reason);
    const outer = current;
    current = this;
    try {
      const result = hooks.onStop(reason);
      if (!isThenable(result)) return this.#stopped(reason);
      this.#killIfStuck();
      settled(result).then(
        () => this.#stopped(reason),
        (error) => this.#stopped(reasonFrom(error)),
      );
    } catch (error) {
      this.#stopped(reasonFrom(error));
    } finally {
      current = outer;
    }
  }

  /** A crashed actor must not keep its name for ever because its `onStop` never ends. */
  #killIfStuck(): void {
    const killer = this.system.runtime.setTimer(stopMsMax, () => this.kill(), { background: true });
    this.onExit(() => killer.cancel());
  }

  /** The constructor threw: whoever got hold of the ref learns that nobody is there. */
  failedToConstruct(error: unknown): void {
    this.#stopped(reasonFrom(error));
  }

  #stopped(reason: ExitReason): void {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#exitReason = reason;
    this.#actor = undefined;
    if (reason instanceof Error) this.log.warn("actor ended abnormally", { reason: describeExit(reason) });
    for (const monitor of [...(this.#monitors ?? [])]) monitor.cancel();
    // Its handler ran in part, so this message was not handed back.
    this.#currentReply?.fail(this.#noproc());
    this.#currentReply = undefined;
    this.system.removed(this, reason);
    for (let e = this.#mailbox.shift(); e !== undefined; e = this.#mailbox.shift()) this.#undeliverable(e);
    this.#signals = undefined;
    for (const listener of this.#startListeners ?? []) listener(reason);
    const listeners = this.#exitListeners;
    this.#startListeners = this.#exitListeners = undefined;
    for (const listener of listeners ?? []) listener(reason);
  }

  #undeliverable({ method, args, replyTo }: Envelope): void {
    if (replyTo !== undefined) replyTo.refuse(this.#noproc());
    else this.system.deadLetter({ recipient: this.label, method: method.name, args });
  }

  #noproc(): ActorError {
    const reason = this.#exitReason === undefined ? "gone" : describeExit(this.#exitReason);
    return new ActorError("noproc", `${this.protocol.className} ${this.label} has ended (${reason})`);
  }

  #hooks(): ActorHooks {
    return this.#actor as unknown as ActorHooks;
  }
}
