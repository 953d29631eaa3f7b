import { type Deadlines, Expiring } from "./deadlines.ts";
import { ActorError, FoundationError } from "./errors.ts";
import { showThrown } from "./exit-reason.ts";

/** Where the outcome of an ask goes. The first outcome counts; later ones are dropped. */
export interface ReplyTo {
  /** The handler's result. */
  succeed(value: unknown): void;
  /** The handler's error, or that the outcome is not known (`timeout`, `nodedown`). */
  fail(error: unknown): void;
  /** The message was handed back: no handler has seen it and none will, so it may be sent again. */
  refuse(error: FoundationError): void;
  /** Set by whoever keeps a record of the ask; called once when its outcome is known, by whatever means. */
  onSettled: (() => void) | undefined;
}

/** The caller's side of an ask in flight: settles its promise once, by an answer or by its deadline. */
export class PendingReply extends Expiring implements ReplyTo {
  readonly #deadlines: Deadlines;
  readonly #describe: () => string;
  readonly #timeoutMs: number;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  onSettled: (() => void) | undefined;
  readonly promise: Promise<unknown>;

  /**
   * @param timeoutMs milliseconds until the ask fails with `timeout`.
   * @param describe names the target and the method; called only for the error.
   */
  constructor(deadlines: Deadlines, timeoutMs: number, describe: () => string) {
    super();
    this.#deadlines = deadlines;
    this.#describe = describe;
    this.#timeoutMs = timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    deadlines.add(this, timeoutMs);
  }

  /** Whether the outcome is known. */
  get isSettled(): boolean {
    return this.#resolve === undefined;
  }

  succeed(value: unknown): void {
    this.#settle()?.resolve(value);
  }

  fail(error: unknown): void {
    this.#settle()?.reject(error);
  }

  refuse(error: FoundationError): void {
    this.fail(error);
  }

  override expire(): void {
    this.fail(new ActorError("timeout", `${this.#describe()} got no answer within ${this.#timeoutMs} ms`));
  }

  override abandon(): void {
    this.fail(
      new ActorError("nodedown", `this node stopped before ${this.#describe()} answered; the outcome is unknown`),
    );
  }

  #settle(): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined {
    const resolve = this.#resolve;
    const reject = this.#reject;
    if (resolve === undefined || reject === undefined) return undefined;
    this.#resolve = this.#reject = undefined;
    this.#deadlines.cancel(this);
    this.onSettled?.();
    return { resolve, reject };
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
    this.#target.fail(this.#copyOfError(error));
  }

  refuse({ code, message }: FoundationError): void {
    this.#target.refuse(new FoundationError(code, message));
  }

  /** A handler may throw anything; what cannot be sent is at least shown, as another node would show it. */
  #copyOfError(error: unknown): unknown {
    try {
      return this.#copy(error);
    } catch {
      return new Error(showThrown(error));
    }
  }
}
