import { currentExecution, runInOrOutside } from "../actor/execution.ts";
import type { Execution, ExecutionOwner } from "../contract/execution.ts";
import type { ReadStream } from "../contract/read-stream.ts";
import { ActorError, withoutStack } from "../errors.ts";
import { Ring } from "../mailbox/ring.ts";
import { onAbort } from "../message/abort-listeners.ts";
import type { CallOptions } from "../message/call-options.ts";
import { callTimeoutMs } from "../message/call-timeout.ts";
import { type Deadlines, Expiring } from "../message/deadlines.ts";
import type { AskingSystem } from "../message/reply.ts";
import { expectEnd, expectEndByStop, isExpectedEnd } from "../signal/expected-end.ts";
import { type StreamConsumer, type StreamSubscription, streamWindowDefault } from "./stream.ts";

/** Whose stream an {@link ActorStream} reads. */
interface StreamSource {
  /** That of the reader. */
  readonly system: AskingSystem;
  /** Names the source in errors. */
  readonly label: string;
  openStream(
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription;
}

/** What makes a source stream. */
interface StreamCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
}

interface Waiting<T> {
  readonly promise: () => Promise<IteratorResult<T, undefined>>;
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
  /** Whose code waits: a rejection that nobody handles belongs to it. */
  readonly reader: Execution | undefined;
}

const nothing = (): void => {};

/**
 * The reader's end of a stream, made by `ref.stream`. Leaving the loop cancels it, and so does the end of the actor whose code
 * asked for its first item.
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
 * Nothing is sent before the first item is asked for. At most `window` items are under way; the handler waits meanwhile. What came
 * before an error of the handler is read before it; once the call's `signal` is aborted nothing more is read.
 *
 * When not to use it: for one answer ask, and for a stream that must outlive its actor or its node's link keep a position and
 * open another one.
 */
export class ActorStream<T>
  implements AsyncIterableIterator<T, undefined>, AsyncDisposable, StreamConsumer, ReadStream
{
  readonly #source: StreamSource;
  readonly #call: StreamCall;
  /** Milliseconds until the handler must have begun. */
  readonly #timeoutMs: number;
  /** Items under way at most. */
  readonly #window: number;
  readonly #items = new Ring<{ readonly value: T }>();
  readonly #waiting = new Ring<Waiting<T>>();
  #subscription: StreamSubscription | undefined;
  #opening: Opening | undefined;
  #stopListening: (() => void) | undefined;
  /** The actor that reads, which it ends with; undefined for code of none. */
  #reader: ExecutionOwner | undefined;
  #state: "unopened" | "open" | "ended" = "unopened";
  #error: { readonly cause: unknown } | undefined;
  /** Items read since the source was last allowed more. */
  #read = 0;

  constructor(source: StreamSource, call: StreamCall) {
    this.#source = source;
    this.#call = call;
    this.#timeoutMs = callTimeoutMs(call.options);
    this.#window = call.options?.window ?? streamWindowDefault;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next item.
   *
   * @throws the handler's error; the abort signal's reason, at once: what had come is dropped; ActorError `timeout` when the handler
   * did not begin in time, `noproc` or `nodedown` when the actor or its node is gone, `badMessage` when the method is no stream, `askSelf` when a handler
   * reads a stream of its own actor.
   */
  next(): Promise<IteratorResult<T, undefined>> {
    const signal = this.#signal;
    if (this.#state === "unopened") this.#open();
    else if (signal?.aborted) this.#drop({ cause: signal.reason });
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#allowMore();
      const result = { done: false, value: item.value } as const;
      // What has come may be much: a reader that finds all of it there lets timers and I/O have their turns.
      const turn = this.#source.system.takeTurn();
      return turn === undefined ? Promise.resolve(result) : turn.then(() => this.#unlessAborted(result));
    }
    if (this.#state === "ended") return this.#ending();
    const promise: Promise<IteratorResult<T, undefined>> = new Promise((resolve, reject) =>
      this.#waiting.push({ resolve, reject, promise: () => promise, reader: currentExecution() }),
    );
    return promise;
  }

  /** @throws the signal's reason when it was aborted meanwhile: the item is dropped with those that nobody has asked for. */
  #unlessAborted(result: IteratorResult<T, undefined>): IteratorResult<T, undefined> {
    const signal = this.#signal;
    if (!signal?.aborted) return result;
    this.#drop();
    throw signal.reason;
  }

  /** Ends the stream; what has come and was not read is dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#drop();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the stream as {@link return} does: `await using prices = ref.stream.prices()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
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

  /** @internal The actor that reads has ended. */
  readerEnded(error: ActorError): void {
    this.#drop({ cause: expectEnd(error) });
  }

  /** @internal Ends the stream in order: its reader is to end. */
  giveUp(): void {
    const text = `${this.#describe()} was still open when the actor that reads it was stopped`;
    this.#cancel({ cause: expectEnd(withoutStack(() => new ActorError("noproc", text))) });
  }

  // ---- the work ----

  get #signal(): AbortSignal | undefined {
    return this.#call.options?.signal;
  }

  #describe(): string {
    return `${this.#call.method}() of ${this.#source.label}`;
  }

  #open(): void {
    const signal = this.#signal;
    this.#state = "open";
    if (signal?.aborted) return this.fail(signal.reason);
    const reader = currentExecution()?.owner;
    // The code of one that was killed goes on, and must leave nothing behind.
    if (reader?.isAlive === false) return this.fail(expectEnd(reader.noproc()));
    this.#reader = reader;
    reader?.reads(this);
    if (signal !== undefined) this.#stopListening = onAbort(signal, () => this.#drop({ cause: signal.reason }));
    this.#opening = new Opening(this.#source.system.deadlines, () => this.#giveUp());
    this.#source.system.deadlines.add(this.#opening, this.#timeoutMs);
    try {
      const { method, args, options } = this.#call;
      const subscription = this.#source.openStream(method, args, options, this);
      // A source may fail before it returns.
      if ((this.#state as string) === "ended") return subscription.cancel();
      this.#subscription = subscription;
      subscription.request(this.#window);
    } catch (error) {
      this.fail(error);
    }
  }

  #allowMore(): void {
    if (++this.#read < this.#window / 2) return;
    this.#subscription?.request(this.#read);
    this.#read = 0;
  }

  #giveUp(): void {
    const text = `${this.#describe()} did not begin to stream within ${this.#timeoutMs} ms`;
    this.#cancel({ cause: withoutStack(() => new ActorError("timeout", text)) });
  }

  /** Its reader reads no more: what has come is lost, and takes the place of an error that was to follow it. */
  #drop(error?: { readonly cause: unknown }): void {
    const isUnread = this.#items.length > 0;
    while (this.#items.shift() !== undefined);
    if (this.#state !== "ended") this.#cancel(error);
    else if (isUnread || error === undefined) this.#error = error;
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
    this.#reader?.readsNoMore(this);
    this.#reader = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    const { system } = this.#source;
    if (error !== undefined && system.isStopping) expectEndByStop(error.cause);
    this.#error = error;
    for (let waiting = this.#waiting.shift(); waiting; waiting = this.#waiting.shift()) {
      const { promise, resolve, reject, reader } = waiting;
      if (isExpectedEnd(error?.cause)) promise().catch(nothing);
      runInOrOutside(reader, () => void this.#ending().then(resolve, reject));
    }
  }

  /** The error comes once, behind the items; after it there is nothing. */
  #ending(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    const ending = endOfStream(error, this.#source.system.takeTurn());
    // Where nothing waits for it, an end in order is no unhandled rejection.
    if (isExpectedEnd(error?.cause)) ending.catch(nothing);
    return ending;
  }
}

/** @param turn what to wait for, so that a loop that opens one stream after the other lets timers and I/O have their turns. */
async function endOfStream(
  error: { readonly cause: unknown } | undefined,
  turn: Promise<void> | undefined,
): Promise<{ done: true; value: undefined }> {
  if (turn !== undefined) await turn;
  if (error !== undefined) throw error.cause;
  return { done: true, value: undefined };
}

/** The time in which a stream's handler has to begin. */
class Opening extends Expiring {
  readonly #deadlines: Deadlines;
  readonly #giveUp: () => void;

  constructor(deadlines: Deadlines, giveUp: () => void) {
    super();
    this.#deadlines = deadlines;
    this.#giveUp = giveUp;
  }

  done(): void {
    this.#deadlines.cancel(this);
  }

  override expire(): void {
    this.#giveUp();
  }
}
