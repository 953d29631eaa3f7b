import type { ReplyTo } from "../contract/reply-to.ts";
import { ActorError, type FoundationError } from "../errors.ts";
import { shown } from "../options/option-table.ts";
import type { StreamConsumer, StreamSubscription } from "./stream.ts";

/** The actor whose handler makes a stream. */
export interface StreamHost {
  readonly label: string;
  /** Keeps account of a stream until {@link streamEnded}. */
  streamOpened(producer: StreamProducer): void;
  streamEnded(producer: StreamProducer): void;
  /** The generator of `method` threw: what a handler's error does to its actor. @returns what the reader gets. */
  streamThrew(error: unknown, method: string): unknown;
  /** Runs `callback` as the actor's code. */
  runAs<T>(callback: () => T): T;
  /** Resolves at once, or in the next turn when actors have run long enough in this one. */
  takeTurn(): Promise<void> | undefined;
}

/** Items between two looks at the clock. */
const itemsPerLook = 32;

/**
 * Draws items from a handler's generator as its reader asks for them.
 *
 * It stands where an ask's reply would: the handler's result is the generator. The generator runs beside the actor's other
 * handlers, as a reentrant method does: it does not hold the mailbox.
 *
 * When not to use it: an actor's stream is an async generator among its methods. This is for packages that carry streams
 * elsewhere.
 */
export class StreamProducer implements ReplyTo, StreamSubscription {
  readonly #host: StreamHost;
  readonly #consumer: StreamConsumer;
  readonly #method: string;
  #iterator: AsyncIterator<unknown> | undefined;
  #credits = 0;
  #isEnded = false;
  #isAborted = false;
  #wake: (() => void) | undefined;
  onSettled: (() => void) | undefined;

  /** @param method whose stream it is. */
  constructor(host: StreamHost, consumer: StreamConsumer, method: string) {
    this.#host = host;
    this.#consumer = consumer;
    this.#method = method;
  }

  // ---- as the reply to a message ----

  /** The reader gave up before its message was handled. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** A stream lives as long as its reader reads. */
  timeLeftMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  succeed(result: unknown): void {
    if (this.#isEnded) return;
    let iterator: AsyncIterator<unknown> | undefined;
    try {
      iterator = isAsyncIterable(result) ? result[Symbol.asyncIterator]() : undefined;
    } catch (error) {
      return this.fail(this.#host.streamThrew(error, this.#method));
    }
    if (iterator === undefined) {
      return this.fail(new ActorError("badMessage", `${this.#method}() of ${this.#host.label} is no stream; ask it`));
    }
    this.#iterator = iterator;
    this.#host.streamOpened(this);
    this.#consumer.started();
    // Not as part of the handler's execution: that is over, and the next message may use it again.
    this.#host.runAs(() => void this.#pump(iterator));
  }

  fail(error: unknown): void {
    if (this.#end()) this.#consumer.fail(error);
  }

  refuse(error: FoundationError): void {
    this.fail(error);
  }

  // ---- as the reader's way back ----

  request(count: number): void {
    this.#credits += count;
    this.#wake?.();
  }

  cancel(): void {
    this.#isAborted = true;
    this.#end();
  }

  /** The actor has ended. */
  hostEnded(error: ActorError): void {
    this.fail(error);
  }

  // ---- the work ----

  async #pump(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      for (let count = 1; !this.#isEnded; count++) {
        if (this.#credits === 0) await this.#credited();
        if (this.#isEnded) return;
        const result = await iterator.next();
        if (this.#isEnded) return;
        const { done, value } = checkedResult(result);
        if (done) return this.#finish();
        this.#credits--;
        this.#passOn(value);
        if (count % itemsPerLook === 0) await this.#host.takeTurn();
      }
    } catch (error) {
      const forReader = this.#host.streamThrew(error, this.#method);
      this.#iterator = undefined;
      this.fail(forReader);
    }
  }

  #passOn(value: unknown): void {
    try {
      this.#consumer.item(value);
    } catch (error) {
      // The item cannot travel: the reader's loss, not a fault of the handler.
      this.fail(error);
    }
  }

  #credited(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #finish(): void {
    this.#iterator = undefined;
    if (this.#end()) this.#consumer.end();
  }

  /** @returns false when it has ended before. */
  #end(): boolean {
    if (this.#isEnded) return false;
    this.#isEnded = true;
    this.#host.streamEnded(this);
    this.onSettled?.();
    const iterator = this.#iterator;
    this.#iterator = undefined;
    if (iterator !== undefined) this.#host.runAs(() => void this.#close(iterator));
    this.#wake?.();
    return true;
  }

  /** Lets the generator's `finally` run. One that waits for something gets to it when that has come. */
  async #close(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      await iterator.return?.();
    } catch (error) {
      this.#host.streamThrew(error, this.#method);
    }
  }
}

/** As `for await` does: what is no object would have no end. @throws TypeError. */
function checkedResult(result: IteratorResult<unknown>): IteratorResult<unknown> {
  if (Object(result) === result) return result;
  throw new TypeError(`next() of the iterator gave ${shown(result)}; it gives an object { done, value }`);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
