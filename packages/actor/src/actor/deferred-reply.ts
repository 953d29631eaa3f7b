import type { ReplyTo } from "../contract/reply-to.ts";
import { isRejection } from "../message/rejection.ts";

/**
 * An answer that a handler gives after it has returned, made by `this.context.deferReply()`.
 *
 * ```ts
 * import { Actor, ActorSystem, type DeferredReply } from "@foundation/actor";
 *
 * class Queue extends Actor {
 *   #takers: DeferredReply<string>[] = [];
 *
 *   take(): Promise<string> {
 *     const reply = this.context.deferReply<string>();
 *     this.#takers.push(reply);
 *     return reply.later;
 *   }
 *
 *   put(item: string): void {
 *     this.#takers.shift()?.succeed(item);
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const queue = system.spawn(Queue);
 * const taken = queue.ask.take();
 * queue.tell.put("apple");
 * console.log(await taken); // apple
 * ```
 *
 * An actor that ends answers what is open with `noproc`; an asker whose deadline passes does not wait for it.
 *
 * When not to use it: where the handler may wait itself, let it be `async`; where it may wait while others run, name it in
 * `static reentrant`.
 */
export class DeferredReply<T> {
  readonly #replyTo: ReplyTo | undefined;
  readonly #done: ((reply: DeferredReply<T>) => void) | undefined;

  /**
   * @param replyTo absent when nobody waits for an answer.
   * @param done called once the answer is known; absent where another one for the same message is told of that.
   */
  constructor(replyTo: ReplyTo | undefined, done: ((reply: DeferredReply<T>) => void) | undefined) {
    this.#replyTo = replyTo;
    this.#done = done;
    if (replyTo === undefined || done === undefined) return;
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
    this.#done?.(this);
  }

  /** Answers with an error; of a `Rejection`, which a handler would throw, with the one in it. The actor lives on. */
  fail(error: Error): void {
    this.#replyTo?.fail(isRejection(error) ? error.cause : error);
    this.#done?.(this);
  }

  /** Milliseconds that the asker will still wait; infinite when that is not known. */
  get timeLeftMs(): number {
    return this.#replyTo?.timeLeftMs() ?? Number.POSITIVE_INFINITY;
  }
}
