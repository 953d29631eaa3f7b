import { type Deadlines, Expiring } from "./deadlines.ts";
import { ActorError } from "./errors.ts";

/** Where the outcome of an ask goes. The first call counts; later ones are dropped. */
export interface ReplyTo {
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** The caller's side of an ask in flight: settles its promise once, by an answer or by its deadline. */
export class PendingReply extends Expiring implements ReplyTo {
  readonly #deadlines: Deadlines;
  readonly #describe: () => string;
  readonly #timeoutMs: number;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
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

  override expire(): void {
    this.fail(new ActorError("timeout", `${this.#describe()} got no answer within ${this.#timeoutMs} ms`));
  }

  #settle(): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined {
    const resolve = this.#resolve;
    const reject = this.#reject;
    if (resolve === undefined || reject === undefined) return undefined;
    this.#resolve = this.#reject = undefined;
    this.#deadlines.cancel(this);
    return { resolve, reject };
  }
}
