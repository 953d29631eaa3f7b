import {
  type Actor,
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  describeExit,
  type ExitReason,
} from "@foundation/actor";
import { actorSystemRule, checkValue, OptionTable, optionRule } from "@foundation/actor/spi";
import type { Node } from "@foundation/runtime";
import { invalidOption } from "../errors.ts";
import { expectationAt, type Failure } from "./expectation-error.ts";
import { Expectations } from "./expectations.ts";
import { matchesPattern } from "./matching.ts";
import { MessageQueue } from "./message-queue.ts";
import { ProbeActor, type ProbeInbox, takeEveryCall } from "./probe-actor.ts";
import { type Answer, ProbeAnswers } from "./probe-answers.ts";
import {
  type AnyMessage,
  type AnyPattern,
  type CallPattern,
  type PlainPattern,
  type ProbeArguments,
  type ProbeCall,
  type ProbeMessage,
  type ProbeMethod,
  type ProbePattern,
  type ProbePlainMessage,
  type ProbeResult,
  showMessage,
  showPattern,
} from "./probe-message.ts";
import { WatchedActor } from "./watched-actor.ts";

/** How long an expectation waits unless told otherwise. Milliseconds. */
const timeoutMsDefault = 3_000;
/** How long {@link TestProbe.expectNoMessage} listens unless told otherwise. Milliseconds. */
const duringMsDefault = 100;
/** Messages that may wait to be expected unless told otherwise. */
const queueMaxDefault = 10_000;

/** Settings of a {@link TestProbe}. */
export interface TestProbeOptions {
  /** Registers the probe in the cluster under this name, so that code which looks the name up finds it. Needs a node. */
  readonly name?: string;
  /** Messages that may wait to be expected; one more makes the next expectation fail. Default 10 000. */
  readonly queueMax?: number;
}

/** Settings of an expectation. */
export interface ExpectOptions {
  /** Milliseconds of the probe's time. Default 3 000. */
  readonly timeoutMs?: number;
}

const probeTable = new OptionTable<TestProbeOptions>(
  "TestProbe",
  { name: optionRule.text, queueMax: optionRule.wholeNumber({ min: 1 }) },
  invalidOption,
);

const waitRule = optionRule.milliseconds({ min: 0 });
const countRule = optionRule.wholeNumber({ min: 0 });
const expectTable = new OptionTable<ExpectOptions>("an expectation", { timeoutMs: waitRule }, invalidOption);
const expectNothingTable = new OptionTable<{ readonly duringMs?: number }>(
  "expectNoMessage()",
  { duringMs: waitRule },
  invalidOption,
);

type Fail = (text: string, values?: { expected: unknown; actual: unknown }) => Error;

/**
 * An actor in the hands of a test: it can be given to code under test as a ref, takes every call and every plain message,
 * and the test says what it expects to arrive.
 *
 * It lives in an actor system and takes its time from there. With virtual time an expectation comes true only while time
 * moves: `await time.settle(probe.expectMessage())`, `await world.settle(probe.expectMessage())`.
 *
 * @example
 * ```ts
 * const payments = new TestProbe<Payments>(system);
 * payments.answer("charge", (cents) => ({ accepted: cents < 1_000 }));
 * const checkout = system.spawn(Checkout, { args: [payments.ref] });
 * await checkout.ask.buy("a book", 950);
 * await payments.expectMessage({ method: "charge", args: [950] });
 * ```
 */
export class TestProbe<A extends Actor = Actor> {
  /** Hand this to the code under test. */
  readonly ref: ActorRef<A>;
  readonly #system: ActorSystem;
  readonly #name: string;
  readonly #queue: MessageQueue;
  readonly #messages: Expectations;
  readonly #answers = new ProbeAnswers();
  readonly #ignored: AnyPattern[] = [];
  /** As many as the test names. */
  readonly #watched: WatchedActor[] = [];
  readonly #startedAt: number;
  #context: ActorContext | undefined;
  #exitReason: ExitReason | undefined;

  /**
   * Starts the probe.
   *
   * @param home where it lives: a node, or an actor system without one.
   * @throws RangeError for a name without a node; RegistryError `alreadyRegistered`, `invalidName`.
   */
  constructor(home: ActorSystem | Node, options: TestProbeOptions = {}) {
    if (!isNode(home)) checkValue("the home of a probe", home, actorSystemRule);
    probeTable.check(options);
    const { name, queueMax = queueMaxDefault } = options;
    this.#system = isNode(home) ? home.system : home;
    const { runtime } = this.#system;
    this.#queue = new MessageQueue(queueMax);
    this.#messages = new Expectations(runtime);
    this.#startedAt = runtime.now();
    takeEveryCall(this.#system);
    this.ref = this.#spawn(home, name) as unknown as ActorRef<A>;
    this.#name = name ?? this.ref.recipient.label;
    this.ref.recipient.watch((reason) => this.#ended(reason));
  }

  /** Messages that have arrived and were not expected yet, oldest first. */
  get pending(): readonly ProbeMessage<A>[] {
    return this.#queue.messages as unknown as ProbeMessage<A>[];
  }

  /**
   * Says how calls of `method` are answered. Asks of methods without an answer fail at once, with an error that says so.
   *
   * @param answer called with the arguments, in the turn of the call. What it throws or rejects with reaches the asker; the
   * probe lives on. While its promise is open, later messages wait, as they do at any actor.
   */
  answer<K extends ProbeMethod<A>>(method: K, answer: (...args: ProbeArguments<A, K>) => ProbeResult<A, K>): this {
    this.#answers.set(method, answer as unknown as Answer);
    return this;
  }

  /** Drops messages that `pattern` means, those that wait and those that come. */
  ignore(pattern: ProbePattern<A>): this {
    const ignored = pattern as AnyPattern;
    this.#ignored.push(ignored);
    this.#queue.remove((message) => matchesPattern(ignored, message));
    return this;
  }

  /**
   * The next message has to arrive in time and to be as expected; it is taken from the queue.
   *
   * @param pattern `{ method: "charge", args: [950] }`, `{ method: "charge" }`, `{ message: { type: "reset" } }` for what
   * was sent with `send`, or a function that decides. Default: any message.
   * @returns the message.
   * @throws AssertionError with what was expected and what has arrived, at once when the next message is another one.
   */
  expectMessage(pattern?: undefined, options?: ExpectOptions): Promise<ProbeMessage<A>>;
  expectMessage<K extends ProbeMethod<A>>(
    pattern: CallPattern<A, K>,
    options?: ExpectOptions,
  ): Promise<ProbeCall<A, K>>;
  expectMessage(pattern: PlainPattern, options?: ExpectOptions): Promise<ProbePlainMessage>;
  expectMessage(pattern: (message: ProbeMessage<A>) => boolean, options?: ExpectOptions): Promise<ProbeMessage<A>>;
  expectMessage(given?: unknown, options: ExpectOptions = {}): Promise<never> {
    expectTable.check(options, "expectMessage()");
    const { timeoutMs = timeoutMsDefault } = options;
    const pattern = given as AnyPattern | undefined;
    const fail = this.#failure(expectationAt(this.expectMessage));
    return this.#messages.wait({
      timeoutMs,
      look: () => {
        this.#checkDropped(fail);
        const message = this.#queue.peek();
        if (message === undefined) return this.#waitOn(fail, showPattern(pattern));
        if (matchesPattern(pattern, message)) return { value: this.#queue.take(1)[0] as never };
        throw fail(`expected ${showPattern(pattern)}, but the next message is ${showMessage(message)}`, {
          expected: expectedValue(pattern),
          actual:
            message.kind === "call" ? { method: message.method, args: message.args } : { message: message.message },
        });
      },
      atTimeout: () => {
        throw fail(`expected ${showPattern(pattern)}, but no message came within ${timeoutMs} ms`);
      },
    });
  }

  /**
   * The next `count` messages, whatever they are; they are taken from the queue.
   *
   * @throws AssertionError when fewer arrive in time; those stay in the queue.
   */
  expectMessages(count: number, options: ExpectOptions = {}): Promise<ProbeMessage<A>[]> {
    checkValue("the count of expectMessages()", count, countRule);
    expectTable.check(options, "expectMessages()");
    const { timeoutMs = timeoutMsDefault } = options;
    const fail = this.#failure(expectationAt(this.expectMessages));
    return this.#messages.wait({
      timeoutMs,
      look: () => {
        this.#checkDropped(fail);
        if (this.#queue.length < count) return this.#waitOn(fail, `${count} messages`);
        return { value: this.#queue.take(count) as unknown as ProbeMessage<A>[] };
      },
      atTimeout: () => {
        throw fail(`expected ${count} messages, but ${this.#queue.length} came within ${timeoutMs} ms`);
      },
    });
  }

  /**
   * Nothing is waiting, and nothing arrives for a while.
   *
   * @param options `duringMs`: milliseconds of the probe's time. Default 100.
   * @throws AssertionError with what has arrived.
   */
  expectNoMessage(options: { readonly duringMs?: number } = {}): Promise<void> {
    expectNothingTable.check(options);
    const { duringMs = duringMsDefault } = options;
    const fail = this.#failure(expectationAt(this.expectNoMessage));
    return this.#messages.wait<void>({
      timeoutMs: duringMs,
      look: () => {
        this.#checkDropped(fail);
        const message = this.#queue.peek();
        if (message !== undefined) throw fail(`expected no message, but there is ${showMessage(message)}`);
        return this.#waitOn(fail, "no message");
      },
      atTimeout: () => {},
    });
  }

  /** Notices when `ref` ends. Without it {@link expectDown} sees no reason of an actor that ended before. */
  watch(ref: ActorRef): this {
    this.#watch(ref);
    return this;
  }

  /**
   * The actor behind `ref` has to end in time, or to have ended.
   *
   * @param reason the expected exit reason, compared by value, or a function that decides. Default: any.
   * @returns why it ended: `noproc` when that was before {@link watch} or this call.
   * @throws AssertionError when it does not end in time or ends for another reason.
   */
  expectDown(
    ref: ActorRef,
    reason?: ExitReason | ((reason: ExitReason) => boolean),
    options: ExpectOptions = {},
  ): Promise<ExitReason> {
    expectTable.check(options, "expectDown()");
    const { timeoutMs = timeoutMsDefault } = options;
    const fail = this.#failure(expectationAt(this.expectDown));
    return this.#watch(ref).expectDown({ expected: reason, timeoutMs, fail });
  }

  /** Ends the probe, as the actor it stands for might end. An Error as the reason is a crash. Default reason `normal`. */
  stop(reason: ExitReason = "normal"): void {
    this.#context?.stop(reason);
  }

  #spawn(home: ActorSystem | Node, name: string | undefined): ActorRef {
    const inbox: ProbeInbox = {
      started: (context) => {
        this.#context = context;
      },
      received: (message) => this.#received(message),
      down: ({ ref, reason }) => this.#watched.find((each) => each.ref === ref)?.down(reason),
    };
    if (isNode(home)) return home.spawn(ProbeActor, { args: [inbox], ...(name === undefined ? {} : { name }) });
    if (name !== undefined) throw new RangeError(`probe ${name}: names belong to a cluster; give the probe a node`);
    return home.spawn(ProbeActor, { args: [inbox] });
  }

  #received(message: AnyMessage): unknown {
    if (!this.#ignored.some((pattern) => matchesPattern(pattern, message))) {
      this.#queue.push(message, this.#system.runtime.now() - this.#startedAt);
      this.#messages.look();
    }
    return message.kind === "call" ? this.#answers.give(this.#name, message.method, message.args) : undefined;
  }

  #watch(ref: ActorRef): WatchedActor {
    const known = this.#watched.find((each) => each.ref.equals(ref));
    if (known !== undefined) return known;
    if (this.#context === undefined || this.#exitReason !== undefined)
      throw new RangeError(`probe ${this.#name} has ended and cannot watch ${ref}`);
    const watched = new WatchedActor(ref, this.#system.runtime);
    this.#watched.push(watched);
    this.#context.monitor(ref);
    return watched;
  }

  #ended(reason: ExitReason): void {
    this.#exitReason = reason;
    this.#messages.look();
    for (const each of this.#watched) each.close();
  }

  /** Nothing to decide yet, unless nothing will come any more. */
  #waitOn(fail: Fail, expected: string): undefined {
    if (this.#exitReason === undefined) return undefined;
    throw fail(`expected ${expected}, but the probe has ended: ${describeExit(this.#exitReason)}`);
  }

  #checkDropped(fail: Fail): void {
    const { dropped } = this.#queue;
    if (dropped > 0) throw fail(`has dropped ${dropped} messages; expect or ignore them earlier, or raise queueMax`);
  }

  #failure(makeError: (failure: Failure) => Error): Fail {
    return (text, values) =>
      makeError({ message: `probe ${this.#name} ${text}\n  ${this.#queue.describe()}`, ...values });
  }
}

function expectedValue(pattern: AnyPattern | undefined): unknown {
  return typeof pattern === "function" ? showPattern(pattern) : pattern;
}

function isNode(home: ActorSystem | Node): home is Node {
  return typeof home === "object" && home !== null && "membership" in home;
}
