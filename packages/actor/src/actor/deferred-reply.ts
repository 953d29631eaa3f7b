import type { ReplyTo } from "../message/reply.ts";

/** An answer that a handler gives after it has returned. An actor that ends answers what is open with `noproc`. */
export class DeferredReply<T> {
  readonly #replyTo: ReplyTo | undefined;
  readonly #done: (reply: DeferredReply<T>) => void;

  /** @param replyTo absent when nobody waits for an answer. */
  constructor(replyTo: ReplyTo | undefined, done: (reply: DeferredReply<T>) => void) {
    this.#replyTo = replyTo;
    this.#done = done;
    if (replyTo === undefined) return;
    const before = replyTo.onSettled;
    replyTo.onSettled = () => {
      before?.();
      done(this);
    };
  }

  /**
   * What the handler returns so that its type stays true: `return reply.later`. The asker gets what {@link succeed} or
   * {@link fail} is given.
   */
  get later(): Promise<T> {
    return undefined as unknown as Promise<T>;
  }

  /** Answers. Later answers, and those to an asker that has given up, are dropped. */
  succeed(value: T): void {
    this.#replyTo?.succeed(value);
    this.#done(this);
  }

  /** Answers with an error. The actor lives on. */
  fail(error: Error): void {
    this.#replyTo?.fail(error);
    this.#done(this);
  }

  /** Milliseconds that the asker will still wait; infinite when that is not known. */
  get timeLeftMs(): number {
    return this.#replyTo?.timeLeftMs() ?? Number.POSITIVE_INFINITY;
  }
}
