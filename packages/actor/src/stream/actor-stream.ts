import { currentExecution, type Execution, runInOrOutside } from "../actor/execution.ts";
import { ActorError } from "../errors.ts";
import { Ring } from "../mailbox/ring.ts";
import { type Deadlines, Expiring } from "../message/deadlines.ts";
import type { StreamConsumer, StreamSubscription } from "./stream.ts";

/** How an {@link ActorStream} reaches its source. */
export interface StreamSource {
  readonly deadlines: Deadlines;
  /** Names the actor and the method in errors. */
  describe(): string;
  open(consumer: StreamConsumer): StreamSubscription;
  /** Milliseconds until the handler must have begun. */
  readonly timeoutMs: number;
  /** Items under way at most. */
  readonly window: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
  /** Whose code waits: a rejection that nobody handles belongs to it. */
  readonly reader: Execution | undefined;
}

/**
 * The reader's end of a stream, made by `ref.stream`. Leaving the loop cancels it.
 *
 * ```ts
 * import { Actor, ActorSystem } from "@foundation/actor";
 *
 * class Numbers extends Actor {
 *   async *from(first: number): AsyncGenerator<number> {
 *     for (let number = first; ; number++) yield number;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const numbers = system.spawn(Numbers);
 * for await (const number of numbers.stream.from(7)) {
 *   console.log(number); // 7
 *   break;
 * }
 * ```
 *
 * Nothing is sent before the first item is asked for. At most `window` items are under way; the handler waits meanwhile.
 *
 * When not to use it: for one answer ask, and for a stream that must outlive its actor or its node's link keep a position and
 * open another one.
 */
export class ActorStream<T> implements AsyncIterableIterator<T, undefined>, StreamConsumer {
  readonly #source: StreamSource;
  readonly #items = new Ring<{ readonly value: T }>();
  readonly #waiting = new Ring<Waiting<T>>();
  #subscription: StreamSubscription | undefined;
  #opening: Opening | undefined;
  #state: "unopened" | "open" | "ended" = "unopened";
  #error: { readonly cause: unknown } | undefined;
  /** Items read since the source was last allowed more. */
  #read = 0;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next item.
   *
   * @throws the handler's error; the abort signal's reason; ActorError `timeout` when the handler did not begin in time,
   * `noproc` or `nodedown` when the actor or its node is gone, `badMessage` when the method is no stream.
   */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#state === "unopened") this.#open();
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#allowMore();
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#state === "ended") return this.#ending();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject, reader: currentExecution() }));
  }

  /** Ends the stream; what has come and was not read is dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#cancel();
    while (this.#items.shift() !== undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  // ---- from the source ----

  /** @internal */
  started(): void {
    this.#opening?.done();
    this.#opening = undefined;
  }

  /** @internal */
  item(value: unknown): void {
    if (this.#state !== "open") return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return this.#items.push({ value: value as T });
    this.#allowMore();
    waiting.resolve({ done: false, value: value as T });
  }

  /** @internal */
  end(): void {
    this.#ended();
  }

  /** @internal */
  fail(error: unknown): void {
    this.#ended({ cause: error });
  }

  // ---- the work ----

  #open(): void {
    const { signal, window } = this.#source;
    this.#state = "open";
    if (signal?.aborted) return this.fail(signal.reason);
    signal?.addEventListener("abort", this.#abort, { once: true });
    this.#opening = new Opening(this.#source, () => this.#giveUp());
    try {
      const subscription = this.#source.open(this);
      // A source may fail before it returns.
      if ((this.#state as string) === "ended") return subscription.cancel();
      this.#subscription = subscription;
      subscription.request(window);
    } catch (error) {
      this.fail(error);
    }
  }

  #allowMore(): void {
    if (++this.#read < this.#source.window / 2) return;
    this.#subscription?.request(this.#read);
    this.#read = 0;
  }

  readonly #abort = (): void => {
    const { signal } = this.#source;
    this.#cancel({ cause: signal?.reason });
  };

  #giveUp(): void {
    const { timeoutMs } = this.#source;
    this.#cancel({
      cause: new ActorError("timeout", `${this.#source.describe()} did not begin to stream within ${timeoutMs} ms`),
    });
  }

  #cancel(error?: { readonly cause: unknown }): void {
    const subscription = this.#subscription;
    this.#ended(error);
    subscription?.cancel();
  }

  #ended(error?: { readonly cause: unknown }): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#subscription = undefined;
    this.started();
    this.#source.signal?.removeEventListener("abort", this.#abort);
    this.#error = error;
    for (let waiting = this.#waiting.shift(); waiting; waiting = this.#waiting.shift()) {
      const { resolve, reject, reader } = waiting;
      runInOrOutside(reader, () => this.#ending().then(resolve, reject));
    }
  }

  /** The error comes once, behind the items; after it there is nothing. */
  #ending(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error.cause);
  }
}

/** The time in which a stream's handler has to begin. */
class Opening extends Expiring {
  readonly #deadlines: Deadlines;
  readonly #giveUp: () => void;

  constructor({ deadlines, timeoutMs }: StreamSource, giveUp: () => void) {
    super();
    this.#deadlines = deadlines;
    this.#giveUp = giveUp;
    deadlines.add(this, timeoutMs);
  }

  done(): void {
    this.#deadlines.cancel(this);
  }

  override expire(): void {
    this.#giveUp();
  }
}
