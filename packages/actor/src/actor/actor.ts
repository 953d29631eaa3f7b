import { ActorError } from "../errors.ts";
import type { ActorRef } from "../message/ref.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
import type { Exit } from "../signal/exit-signal.ts";
import type { Down } from "../signal/monitor.ts";
import type { ActorContext } from "./actor-context.ts";

/** What gives the actor that is being constructed its context. */
interface Constructing {
  readonly context: ActorContext;
}

/** Constructors that spawn each other, within each other; several times as many would not fit on the stack. */
const constructionsMax = 250;

let constructing: Constructing | undefined;
let constructions = 0;

/**
 * The base class of all actors: a subclass's public methods are the messages it understands, handled one at a time.
 *
 * ```ts
 * import { Actor, ActorSystem } from "@foundation/actor";
 *
 * class Counter extends Actor {
 *   #count = 0;
 *
 *   increment(by = 1): number {
 *     return (this.#count += by);
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const counter = system.spawn(Counter);
 * counter.tell.increment();
 * console.log(await counter.ask.increment(2)); // 3
 * ```
 *
 * Messages: a method that returns a promise holds the mailbox until it settles, unless it is named in `static reentrant`. An
 * async generator is a stream; it never holds the mailbox. `#private` members, names that begin with `_` and the hooks are
 * never messages. What a class may say about its messages by static members: {@link ActorStatics}.
 *
 * Errors: a method that throws or rejects ends the actor. The asker gets the error, and the supervisor decides what happens
 * next. A {@link Rejection} is an answer like any other, and so ends nothing.
 *
 * Hooks run one at a time, and never beside a handler, except one of a reentrant method that waits for a promise:
 *
 * 1. The constructor, within `spawn`. When it throws, `spawn` throws `startFailed`.
 * 2. `onStart`, within `spawn` up to its first `await`, or soon after it below a hundred others that start; messages and signals
 *    wait until it is through. When it throws, the
 *    actor ends with the error, without `onStop`.
 * 3. `onDown`, `onExit`, `onIdle` and what `context.continueWith` was given, in the order they came, each before the messages
 *    that wait. When one throws, the actor ends with the error.
 * 4. `onStop`, at every end but a failed start, a kill, and an exit signal that waited 5 000 ms for a handler. It may take what
 *    the spawn says as `stopMs` (5 000 ms), then the actor is killed. When it throws, its error is the exit reason.
 *
 * When not to use it: for what is only computed, call a function. An actor is for state that several callers share, and for
 * what may fail by itself.
 */
export class Actor {
  readonly #owner: Constructing | undefined = constructing;

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

/**
 * Constructs an actor that gets its context from `owner`.
 *
 * @throws whatever the constructor throws.
 * @throws ActorError `overloaded` for more than 250 constructors that spawn each other.
 */
export function construct(owner: Constructing, actorClass: new (...args: unknown[]) => Actor, args: unknown[]): Actor {
  if (constructions >= constructionsMax) {
    const text = `${constructionsMax} constructors have spawned each other; look for a class that spawns itself, or spawn in onStart`;
    throw new ActorError("overloaded", text);
  }
  constructions++;
  const outer = constructing;
  constructing = owner;
  try {
    return new actorClass(...args);
  } finally {
    constructions--;
    constructing = outer;
  }
}
