import type { ActorRef } from "../message/ref.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
import type { Exit } from "../signal/exit-signal.ts";
import type { Down } from "../signal/monitor.ts";
import type { ActorContext } from "./actor-context.ts";

/** What gives the actor that is being constructed its context. */
export interface ContextOwner {
  readonly context: ActorContext;
}

let constructing: ContextOwner | undefined;

/**
 * The base class of all actors: a subclass's public methods are the messages it understands.
 *
 * Messages are handled one at a time; a method that returns a promise holds the mailbox until it settles. A method that
 * throws (or rejects) ends the actor, the asker gets the error, and the supervisor decides what happens next. `#private`
 * members, names that begin with `_` and the hooks below are never messages. What a class may say about its messages by
 * static members is described at {@link ActorStatics}.
 *
 * Hooks run one at a time and never beside a message, in this order: the constructor, `onStart`; then `onDown`, `onExit`
 * and `onIdle` as their causes come, each before the messages that wait; at last `onStop`. A hook that throws is a crash;
 * `onStop` that throws changes the exit reason to its error. An actor whose `onStart` failed runs no `onStop`.
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
  readonly #owner: ContextOwner | undefined = constructing;

  /**
   * What this actor may do to its surroundings. Usable from field initialisers and the constructor on.
   *
   * @throws TypeError when the object was made with `new` instead of being spawned.
   */
  protected get context(): ActorContext {
    if (this.#owner === undefined) {
      throw new TypeError(`${this.constructor.name} was constructed with new; spawn it to give it a context`);
    }
    return this.#owner.context;
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

  /** Told of exit signals instead of dying of them. A class that has this hook traps exits, see `context.trapExits`. */
  protected onExit?(exit: Exit): void | Promise<void>;

  /** Told when no message came for `context.idleTimeoutMs`. Without this hook the actor then stops with `normal`. */
  protected onIdle?(): void | Promise<void>;

  /** Takes plain messages: those sent with `ref.send(message)`. */
  protected receive?(message: unknown): unknown;
}

/** The hooks of {@link Actor}, as the runtime sees them. */
export interface ActorHooks {
  onStart?(): void | Promise<void>;
  onStop?(reason: ExitReason): void | Promise<void>;
  onDown?(down: Down): void | Promise<void>;
  onExit?(exit: Exit): void | Promise<void>;
  onIdle?(): void | Promise<void>;
}

/** Runs `construct` so that the {@link Actor} it makes gets its context from `owner`. */
export function constructWith<A extends Actor>(owner: ContextOwner, construct: () => A): A {
  const outer = constructing;
  constructing = owner;
  try {
    return construct();
  } finally {
    constructing = outer;
  }
}
