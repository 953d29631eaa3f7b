import type { Envelope } from "../contract/envelope.ts";
import { ActorError } from "../errors.ts";
import { inspectAs } from "../log/short-inspect.ts";
import { type ActorRef, assertRef } from "../message/ref.ts";
import type { RefOf } from "../message/ref-of.ts";
import {
  callback as callbackRule,
  either,
  fields,
  flag,
  infinite,
  milliseconds,
  type OptionRule,
  oneOf,
} from "../options/option-rule.ts";
import { checkValue } from "../options/option-table.ts";
import type { Log } from "../runtime/log.ts";
import { type ExitReason, exitReasonRule } from "../signal/exit-reason.ts";
import type { Monitor } from "../signal/monitor.ts";
import type { ActorSystem } from "../system/actor-system.ts";
import type { SpawnArguments } from "../system/spawn-options.ts";
import type { Actor } from "./actor.ts";
import type { ActorCell } from "./actor-cell.ts";
import type { ActorClass } from "./actor-class.ts";
import { ActorTimers } from "./actor-timers.ts";
import type { ContextOwner } from "./context-owner.ts";
import { DeferredReply } from "./deferred-reply.ts";
import { currentExecution, type HandlerExecution, hookAtWork } from "./execution.ts";
import { IdleWatch } from "./idle-watch.ts";
import { Stash } from "./stash.ts";

/** Behaviours that may lie on each other. */
const behavioursMax = 1_000;

const signalReasonRule = either(exitReasonRule, oneOf("kill"));
const idleTimeoutRule = either(milliseconds(), infinite);

const behaviourRule: OptionRule = { ...fields, allowed: "an object of functions" };

/** Handlers that take the place of an actor's methods of the same names. */
export type Behaviour = Readonly<Record<string, (...args: never[]) => unknown>>;

/**
 * What an actor may do to its surroundings and to itself; reached as `this.context`, from field initialisers on.
 *
 * ```ts
 * import { Actor, type ActorRef, ActorSystem } from "@foundation/actor";
 *
 * class Worker extends Actor {
 *   boss(): string {
 *     return `${this.context.self} works for ${this.context.parent}`;
 *   }
 * }
 *
 * class Team extends Actor {
 *   readonly #worker = this.context.spawn(Worker, { link: true });
 *
 *   worker(): ActorRef<Worker> {
 *     return this.#worker;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const worker = await system.spawn(Team).ask.worker();
 * console.log(await worker.ask.boss()); // ActorRef(local/2) works for ActorRef(local/1)
 * ```
 *
 * When not to use it: not from outside of the actor, and not for what belongs to one message after its handler has returned
 * (`timeLeftMs`, `deferReply`, `stash` throw `badMessage` then).
 */
export class ActorContext {
  readonly #owner: ContextOwner;
  #timers: ActorTimers | undefined;
  #stash: Stash | undefined;
  #behaviours: Behaviour[] | undefined;
  /** @internal Why the actor ended, where the exit reason alone does not say it. */
  endNote: string | undefined;
  /** @internal The actors that must not outlive this one, oldest first. */
  dependents: (() => Iterable<ActorCell>) | undefined;
  /** @internal Handlers that stand before those of the class. */
  behaviour: Behaviour | undefined;
  #trapExits: boolean | undefined;
  #deferred: Set<DeferredReply<unknown>> | undefined;
  #idle: IdleWatch | undefined;

  constructor(owner: ContextOwner) {
    this.#owner = owner;
  }

  // ---- who it is ----

  get self(): ActorRef {
    return this.#owner.self;
  }

  get system(): ActorSystem {
    return this.#owner.system;
  }

  /** Who spawned this actor, when it was another actor. */
  get parent(): ActorRef | undefined {
    return this.#owner.parent?.self;
  }

  /**
   * Which start of its name this actor is, when it is a singleton: higher than that of every earlier one. Hand it to the
   * resources the actor writes to, so that they can refuse an older owner (a fencing token).
   */
  get epoch(): number | undefined {
    return this.#owner.epoch;
  }

  /** The system's log with this actor's class and id on every event. */
  get log(): Log {
    return this.#owner.log;
  }

  // ---- other actors ----

  /** Starts an actor. It lives on when this one ends, unless `link: true` ties them. See {@link ActorSystem.spawn}. */
  spawn<A extends Actor, Args extends unknown[], P = unknown>(
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...options: SpawnArguments<Args>
  ): RefOf<A, NoInfer<P>> {
    return this.#owner.spawn(actorClass, options[0]) as RefOf<A, NoInfer<P>>;
  }

  /** Observes `ref`: `onDown` is called once when it ends, at once with `noproc` when it already has. */
  monitor(ref: ActorRef<object>): Monitor {
    assertRef(ref);
    return this.#owner.monitor(ref);
  }

  /**
   * Ties this actor and `ref` together: when one ends, the other one does too, for the same reason, unless that is
   * `normal` or it traps exits. There is one link a pair, whoever makes it. A link to an actor that has ended gives `noproc`.
   */
  link(ref: ActorRef<object>): void {
    assertRef(ref);
    this.#owner.link(ref);
  }

  /**
   * Takes a link back; afterwards no exit signal of `ref` arrives because of it, not even one on its way. One that has
   * arrived and waits for `onExit`, because a handler is at work, is told all the same, as in OTP.
   */
  unlink(ref: ActorRef<object>): void {
    assertRef(ref);
    this.#owner.unlink(ref);
  }

  /**
   * Sends an exit signal, as if this actor had been linked to `ref` and had ended for `reason`. `normal` does nothing to an
   * actor that does not trap exits; `"kill"` cannot be trapped, and others see it as `killed`.
   */
  exit(ref: ActorRef<object>, reason: ExitReason | "kill"): void {
    assertRef(ref);
    checkValue("the reason of an exit signal", reason, signalReasonRule);
    ref.recipient.signal({ kind: "exit", from: this.#owner.self, reason });
  }

  /** Whether exit signals go to `onExit` instead of ending the actor. Default: whether the class has `onExit`. */
  get trapExits(): boolean {
    return this.#trapExits ?? this.#owner.hasExitHook;
  }

  set trapExits(value: boolean) {
    checkValue("trapExits", value, flag);
    this.#trapExits = value;
  }

  /** Ends this actor after the current message. Default reason `normal`. */
  stop(reason?: ExitReason): void {
    if (reason !== undefined) checkValue("the reason to stop", reason, exitReasonRule);
    this.#owner.stop(reason);
  }

  // ---- time ----

  /** The actor's timers, see {@link ActorTimers}. */
  get timers(): ActorTimers {
    return (this.#timers ??= new ActorTimers(this.#owner));
  }

  /** Milliseconds without a message after which `onIdle` is called. Default infinite: never. */
  get idleTimeoutMs(): number {
    return this.#idle?.timeoutMs ?? Number.POSITIVE_INFINITY;
  }

  /** @throws ActorError `invalidOption` for 0 or less. */
  set idleTimeoutMs(value: number) {
    checkValue("idleTimeoutMs", value, idleTimeoutRule);
    if (!this.#owner.isAlive) return;
    this.#idle ??= new IdleWatch({
      runtime: this.system.runtime,
      isBusy: () => this.#isWaitedFor || this.#owner.isOccupied,
      becameIdle: () => this.#owner.becameIdle(),
    });
    this.#idle.start(value);
  }

  /**
   * Runs `callback` next, before any message: for work that follows `onStart` or a message, while other signals still get
   * their turn (OTP's `handle_continue`). A callback that throws is a crash.
   */
  continueWith(callback: () => void | Promise<void>): void {
    checkValue("what continueWith() gets", callback, callbackRule);
    this.#owner.continueWith(callback);
  }

  // ---- the message at hand ----

  /** Milliseconds that the asker of the message at hand will still wait; infinite when nobody waits. */
  get timeLeftMs(): number {
    return this.#execution("timeLeftMs").envelope?.replyTo?.timeLeftMs() ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Lets the handler answer after it has returned, while other messages are handled.
   *
   * @example
   * ```ts
   * take(): Promise<Item> {
   *   const reply = this.context.deferReply<Item>();
   *   this.#takers.push(reply);
   *   return reply.later;
   * }
   * ```
   * @throws ActorError `badMessage` outside a handler and for a message that is stashed, `noproc` in one that goes on after its actor
   * was killed.
   */
  deferReply<T>(): DeferredReply<T> {
    const execution = this.#execution("deferReply()");
    if (execution.fate === "stashed") this.#refuseFate("deferReply()", "is stashed, and comes back");
    // A further one for the same message leaves it to the first to know of its end: a chain of them would not fit on the stack.
    const isFirst = execution.fate !== "deferred";
    execution.fate = "deferred";
    this.#deferred ??= new Set();
    const deferred = this.#deferred as Set<DeferredReply<T>>;
    const replyTo = execution.envelope?.replyTo;
    const reply = new DeferredReply<T>(replyTo, isFirst ? (settled) => deferred.delete(settled) : undefined);
    // Nobody has to be told of the actor's end who does not wait, or no longer.
    if (isFirst && replyTo !== undefined && replyTo.timeLeftMs() > 0) deferred.add(reply);
    return reply;
  }

  /**
   * Puts the message at hand aside until {@link unstash}; what the handler returns is ignored: `return this.context.stash()`.
   * A handler that throws afterwards has decided otherwise: the message is answered with the error, a `Rejection` included,
   * and does not come back.
   *
   * @throws Rejection when 10 000 messages are stashed: the asker gets `overloaded`, the actor lives on.
   * @throws ActorError `badMessage` outside a handler and for a message with a deferred reply, `noproc` in one that goes on after
   * its actor was killed.
   */
  stash(): never {
    const execution = this.#execution("stash()");
    const envelope = execution.envelope as Envelope;
    // Once is enough: the message must not come back twice.
    if (execution.fate === "stashed") return undefined as never;
    if (execution.fate === "deferred") this.#refuseFate("stash()", "has a deferred reply");
    this.#stash ??= new Stash();
    this.#stash.push(envelope, this.#owner.label);
    execution.fate = "stashed";
    return undefined as never;
  }

  /** Puts all stashed messages back before those that wait, in the order they came. @returns how many. */
  unstash(): number {
    const stashed = this.#stash?.take() ?? [];
    this.#owner.putBack(stashed);
    return stashed.length;
  }

  // ---- behaviour ----

  /**
   * From the next message on, `behaviour` handles the messages it has methods for; the class handles the others. The
   * actor's messages stay those of its class.
   *
   * Plain messages go to its `receive`, when the class has one as well.
   *
   * @throws ActorError `badMessage` for a name that is no message of the class, or has no function; `overloaded` above
   * 1 000 behaviours; `invalidOption` for what is no object of functions.
   */
  become(behaviour: Behaviour): void {
    const { protocol, label } = this.#owner;
    // A table of its own: it has nothing of Object.prototype, and nobody changes it.
    const handlers: Record<string, (...args: never[]) => unknown> = Object.create(null);
    checkValue("the behaviour", behaviour, behaviourRule);
    for (const [name, handler] of entriesOf(behaviour)) {
      const isMessage = protocol.method(name) !== undefined || (name === "receive" && protocol.receive !== undefined);
      if (!isMessage) throw new ActorError("badMessage", protocol.refusal(name));
      if (typeof handler !== "function") {
        throw new ActorError("badMessage", `the behaviour of ${label} has a ${typeof handler} for ${name}()`);
      }
      handlers[name] = handler as (...args: never[]) => unknown;
    }
    this.#behaviours ??= [];
    if (this.#behaviours.length >= behavioursMax) {
      throw new ActorError("overloaded", `${this.#owner.label} has taken on ${behavioursMax} behaviours and left none`);
    }
    this.#behaviours.push(handlers);
    this.behaviour = handlers;
  }

  /** Returns to what the actor was before the last {@link become}. */
  unbecome(): void {
    this.#behaviours?.pop();
    this.behaviour = this.#behaviours?.at(-1);
  }

  // ---- for the cell ----

  /** @internal The actor has something to do. */
  noteActivity(now: number): void {
    this.#idle?.noteActivity(now);
  }

  /** @internal Whether nothing was done for {@link idleTimeoutMs}, and nothing is under way. */
  get isIdle(): boolean {
    return this.#idle?.isIdle() === true;
  }

  /** Whether messages wait for an answer or for their time that it has taken out of its mailbox. */
  get #isWaitedFor(): boolean {
    return (this.#deferred?.size ?? 0) > 0 || this.#stash?.isEmpty === false;
  }

  /** @internal The handler of a message that it had stashed has thrown. */
  withdraw(envelope: Envelope): void {
    if (!this.#stash?.withdraw(envelope)) this.#owner.withdraw(envelope);
  }

  /** @internal The actor has ended. @returns what was stashed. */
  close(noproc: () => ActorError): readonly Envelope[] {
    this.#timers?.cancelAll();
    this.#idle?.stop();
    for (const reply of [...(this.#deferred ?? [])]) reply.fail(noproc());
    return this.#stash?.take() ?? [];
  }

  #execution(what: string): HandlerExecution {
    const execution = currentExecution();
    const isHandler = execution?.envelope !== undefined && execution.envelope !== hookAtWork;
    const owner: object | undefined = execution?.owner;
    const isOurs = isHandler && owner === this.#owner;
    if (isOurs && this.#owner.isAlive) return execution as HandlerExecution;
    if (isOurs) throw new ActorError("noproc", `${what}: ${this.#owner.label} has ended; its handler should, too`);
    throw new ActorError(
      "badMessage",
      `${what} belongs into a handler of ${this.#owner.label}, where a message is at hand`,
    );
  }

  /** A message that came back although it was answered, or the other way round, would have two fates. */
  #refuseFate(what: string, fate: string): never {
    throw new ActorError("badMessage", `${what}: the message at hand of ${this.#owner.label} ${fate} already`);
  }
}

/** What a behaviour consists of. A proxy of the program's may refuse to tell. */
function entriesOf(behaviour: Behaviour): [string, unknown][] {
  try {
    return Object.entries(behaviour);
  } catch (error) {
    throw new ActorError("invalidOption", "the behaviour cannot be read; allowed: an object of functions", {
      cause: error,
    });
  }
}

inspectAs(ActorContext, ({ self }) => `ActorContext(${self.recipient.label})`);
