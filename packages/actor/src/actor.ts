import type { ActorContext } from "./actor-context.ts";
import type { ExitReason } from "./exit-reason.ts";
import type { Down } from "./monitor.ts";
import type { ActorRef } from "./ref.ts";

let constructing: ActorContext | undefined;

/**
 * The base class of all actors: a subclass's public methods are the messages it understands.
 *
 * Messages are handled one at a time; a method that returns a promise holds the mailbox until it settles. A method that
 * throws (or rejects) ends the actor, the asker gets the error, and the supervisor decides what happens next. `#private`
 * members, names that begin with `_` and the hooks below are never messages.
 *
 * @example
 * ```ts
 * class Counter extends Actor {
 *   #count = 0;
 *   increment(by = 1): number {
 *     return (this.#count += by);
 *   }
 * }
 * ```
 */
export class Actor {
  readonly #context: ActorContext | undefined = constructing;

  /**
   * What this actor may do to its surroundings. Usable from field initialisers and the constructor on.
   *
   * @throws TypeError when the object was made with `new` instead of being spawned.
   */
  protected get context(): ActorContext {
    if (this.#context === undefined) {
      throw new TypeError(`${this.constructor.name} was constructed with new; spawn it to give it a context`);
    }
    return this.#context;
  }

  /**
   * The ref that reaches this actor. Tell it to others; asking it from a handler is an error (`askSelf`).
   *
   * TypeScript cannot infer the class here: write `this.self<Counter>()`, or `this.self()` where only the identity counts.
   */
  protected self<A extends Actor = Actor>(): ActorRef<A> {
    return this.context.self as ActorRef<A>;
  }

  /** Runs before the first message. Throwing here means that the start failed. */
  protected onStart?(): void | Promise<void>;

  /** Runs after the last message of an orderly stop or a crash, not after a kill. */
  protected onStop?(reason: ExitReason): void | Promise<void>;

  /** Told once for each monitor of this actor whose target is gone. */
  protected onDown?(down: Down): void | Promise<void>;

  /** Takes plain messages: those sent with `ref.send(message)`. */
  protected receive?(message: unknown): unknown;
}

/** The hooks of {@link Actor}, as the runtime sees them. */
export interface ActorHooks {
  onStart?(): void | Promise<void>;
  onStop?(reason: ExitReason): void | Promise<void>;
  onDown?(down: Down): void | Promise<void>;
}

/** Runs `construct` so that the {@link Actor} it makes gets `context`. */
export function constructWith<A extends Actor>(context: ActorContext, construct: () => A): A {
  const outer = constructing;
  constructing = context;
  try {
    return construct();
  } finally {
    constructing = outer;
  }
}
