import { currentExecution, runInOrOutside } from "../actor/execution.ts";
import type { Execution } from "../contract/execution.ts";
import type { ReplyTo } from "../contract/reply-to.ts";
import { ActorError, FoundationError, withoutStack } from "../errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { showThrown } from "../signal/exit-reason.ts";
import { expectEnd, expectEndByStop } from "../signal/expected-end.ts";
import { onAbort } from "./abort-listeners.ts";
import { rejectFromAsker } from "./asked-from.ts";
import type { CallOptions } from "./call-options.ts";
import { callTimeoutMs } from "./call-timeout.ts";
import { type Deadlines, Expiring } from "./deadlines.ts";

/** Whom an ask is for. */
export interface Target {
  /** The system of this node, which asks. */
  readonly system: AskingSystem;
  /** Names it in errors. */
  readonly label: string;
  /** What stands behind it now, where that is known. */
  resolve?(): unknown;
  /** Why it may not have answered, where that is known: a name that waits for its owner. */
  whyLate?(): string | undefined;
}

/** The system that asks, as far as its asks depend on it. */
export interface AskingSystem {
  readonly deadlines: Deadlines;
  readonly runtime: Pick<Runtime, "now">;
  /** Whether it has begun to stop: what ends from then on ends because of it. */
  readonly isStopping: boolean;
  /** The channels that calls may name: those of this node. Undefined where there are no other nodes, and any may be named. */
  readonly knownChannels: ReadonlySet<string> | undefined;
  /** See {@link ActorSystem.takeTurn}. */
  takeTurn(): Promise<void> | undefined;
}

const nothing = (): void => {};

/**
 * The caller's side of an ask in flight: settles its promise once, by an answer, by its deadline or by the signal
 * of its call.
 *
 * When not to use it: `ref.ask` makes one. This is for packages that carry asks elsewhere.
 */
export class PendingReply extends Expiring implements ReplyTo {
  readonly #system: AskingSystem;
  /** Whom the ask is for. */
  readonly target: Target;
  readonly #method: string;
  readonly #timeoutMs: number;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  readonly #asker = currentExecution();
  #isAborted = false;
  #stopListening: (() => void) | undefined;
  onSettled: (() => void) | undefined;
  readonly promise: Promise<unknown>;

  constructor(target: Target, method: string, options: CallOptions | undefined) {
    super();
    this.#system = target.system;
    this.target = target;
    this.#method = method;
    this.#timeoutMs = callTimeoutMs(options);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#system.deadlines.add(this, this.#timeoutMs);
    if (options?.signal !== undefined) this.#listenTo(options.signal);
  }

  /** Whether the outcome is known. */
  get isSettled(): boolean {
    return this.#resolve === undefined;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** The run of a handler or hook that asked, if it was one. */
  get asker(): Execution | undefined {
    return this.#asker;
  }

  timeLeftMs(): number {
    return this.#system.deadlines.timeLeftMs(this);
  }

  succeed(value: unknown): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#settled();
    resolve(value);
  }

  fail(error: unknown): void {
    const [resolve, reject] = [this.#resolve, this.#reject];
    if (resolve === undefined || reject === undefined) return;
    this.#settled();
    // Where nothing waits for it, an end in order is no unhandled rejection.
    if (this.#system.isStopping && expectEndByStop(error)) this.promise.catch(nothing);
    const fail = (): void =>
      rejectFromAsker(
        {
          call: this.#call,
          error,
          resolve,
          // Here another actor's code may be running, and a rejection that nobody handles belongs to the asker.
          reject: () => runInOrOutside(this.#asker, () => reject(error)),
        },
        this.#system.runtime,
      );
    // What fails at once may be asked again at once: such a loop lets the others have their turns, too.
    const turn = this.#system.takeTurn();
    if (turn === undefined) fail();
    else void turn.then(fail);
  }

  refuse(error: FoundationError): void {
    this.fail(error);
  }

  override expire(): void {
    const why = this.target.whyLate?.();
    const text = `${this.#call} got no answer within ${this.#timeoutMs} ms${why === undefined ? "" : `: ${why}`}`;
    this.fail(withoutStack(() => new ActorError("timeout", text)));
  }

  /** Ends the ask in order: its asker is to end, and no answer is expected any more. */
  giveUp(): void {
    const text = `${this.#call} had no answer when the actor that asked was stopped, and nothing worked at one`;
    this.fail(expectEnd(withoutStack(() => new ActorError("noproc", text))));
  }

  override abandon(): void {
    const text = `this node stopped before ${this.#call} answered; the outcome is unknown`;
    this.fail(withoutStack(() => new ActorError("nodedown", text)));
  }

  get #call(): string {
    return `${this.#method}() of ${this.target.label}`;
  }

  #listenTo(signal: AbortSignal): void {
    const abort = (): void => {
      this.#isAborted = true;
      this.fail(signal.reason);
    };
    if (signal.aborted) return abort();
    this.#stopListening = onAbort(signal, abort);
  }

  #settled(): void {
    this.#resolve = this.#reject = undefined;
    this.#system.deadlines.cancel(this);
    this.#stopListening?.();
    this.onSettled?.();
  }
}

/** Passes outcomes on as copies, the way a trip to another node would change them. */
export class CopyingReply implements ReplyTo {
  readonly #target: ReplyTo;
  readonly #copy: (value: unknown) => unknown;

  constructor(target: ReplyTo, copy: (value: unknown) => unknown) {
    this.#target = target;
    this.#copy = copy;
  }

  get onSettled(): (() => void) | undefined {
    return this.#target.onSettled;
  }

  set onSettled(callback: (() => void) | undefined) {
    this.#target.onSettled = callback;
  }

  get isAborted(): boolean {
    return this.#target.isAborted;
  }

  timeLeftMs(): number {
    return this.#target.timeLeftMs();
  }

  succeed(value: unknown): void {
    let copy: unknown;
    try {
      copy = this.#copy(value);
    } catch (error) {
      return this.fail(error);
    }
    this.#target.succeed(copy);
  }

  fail(error: unknown): void {
    this.#target.fail(copyOfError(error, this.#copy));
  }

  refuse({ code, message }: FoundationError): void {
    this.#target.refuse(new FoundationError(code, message));
  }
}

/** A handler may throw anything; what cannot be sent is at least shown, as another node would show it. */
export function copyOfError(error: unknown, copy: (value: unknown) => unknown): unknown {
  try {
    return copy(error);
  } catch {
    return new Error(showThrown(error));
  }
}
