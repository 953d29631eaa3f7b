import { ActorError } from "../errors.ts";
import { inspectAs } from "../log/short-inspect.ts";
import { showAs } from "../log/show-value.ts";
import { shown } from "../options/option-table.ts";
import { brandClass, otherCopyOf, twoCopies } from "../realm/package-copy.ts";
import { endingQuietly } from "../signal/expected-end.ts";
import { ActorStream } from "../stream/actor-stream.ts";
import { askRecipient } from "./ask-recipient.ts";
import type { CallOptions } from "./call-options.ts";
import { checkCallOptions } from "./call-options.ts";
import type { Ask, Stream, Tell } from "./calls.ts";
import type { Recipient } from "./recipient.ts";

/**
 * A handle to an actor, wherever it lives: all that others have of it. Its calls are typed from the actor's class.
 *
 * ```ts
 * import { Actor, ActorSystem } from "@foundation/actor";
 *
 * class Greeter extends Actor {
 *   greet(name: string): string {
 *     return `hello ${name}`;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const greeter = system.spawn(Greeter);
 * greeter.tell.greet("nobody");
 * console.log(await greeter.ask.greet("ada")); // hello ada
 *
 * await system.stopActor(greeter);
 * console.log(await greeter.with({ timeoutMs: 100 }).ask.greet("bob").catch(({ code }) => code)); // noproc
 * ```
 *
 * Refs are small and may be sent in messages, but without their call options. They are compared by {@link ActorRef.equals}; two
 * objects may reach the same actor. A ref reaches one life of an actor: what is restarted has another one.
 *
 * When not to use it: for an actor that is restarted or moved, keep a ref by name (`registry.ref`, `node.actor`) instead.
 */
export class ActorRef<A extends object = object> {
  /** Where this ref's messages go. */
  readonly recipient: Recipient;
  readonly #options: CallOptions | undefined;
  #tell: Tell<A> | undefined;
  #ask: Ask<A> | undefined;
  #stream: Stream<A> | undefined;

  constructor(recipient: Recipient, options?: CallOptions) {
    this.recipient = recipient;
    this.#options = options;
  }

  /** @internal Whether `value` is one: not an object that has only its prototype, nor a proxy of one. Runs no code of the program's. */
  static isRef(value: unknown): value is ActorRef<object> {
    return typeof value === "object" && value !== null && #options in value;
  }

  /**
   * Calls that want no answer: `ref.tell.increment(2)`. A message to an actor that is gone becomes a dead letter.
   *
   * @throws ActorError `overloaded` when a bounded queue on the way is full: nothing was sent.
   * @throws ActorError `badMessage` when the class has no such message, or the arguments do not fit its schema.
   */
  get tell(): Tell<A> {
    return (this.#tell ??= new TellStub(this.recipient, this.#options) as unknown as Tell<A>);
  }

  /**
   * Calls that resolve to the method's result: `await ref.ask.increment(2)`.
   *
   * Every ask ends in exactly one of: the result, the handler's error, the reason of the call's `signal`, or an error with
   * the code `noproc`, `nodedown`, `timeout` or `overloaded`; `badMessage` and `askSelf` are errors of the call itself.
   */
  get ask(): Ask<A> {
    return (this.#ask ??= new AskStub(this.recipient, this.#options) as unknown as Ask<A>);
  }

  /**
   * Calls whose result is read item by item: `for await (const price of ref.stream.prices("ACME"))`.
   *
   * The handler is an async generator. It goes no further ahead than the call's `window`; leaving the loop ends it.
   */
  get stream(): Stream<A> {
    return (this.#stream ??= new StreamStub(this.recipient, this.#options) as unknown as Stream<A>);
  }

  /** Sends a plain message to the actor's `receive`. @throws ActorError as {@link ActorRef.tell}. */
  send(message: unknown): void {
    this.recipient.send(message, this.#options);
  }

  /**
   * Waits until a bounded queue on the way has room: the mailbox of an actor of this node, the channel to another node. Who
   * calls it before each message goes as fast as the receiver, and is not refused.
   *
   * It keeps no place: when several senders wait, the first ones may fill the queue again.
   *
   * @example
   * ```ts
   * for (const row of rows) {
   *   await sink.ready();
   *   sink.tell.store(row);
   * }
   * ```
   * @throws ActorError `timeout` after the call's `timeoutMs`, `nodedown`; TransportError `linkClosed`, `unknownChannel`.
   */
  ready(): Promise<void> {
    const ready = this.recipient.ready(this.#options);
    // An actor of this process sees to it itself: there is room most of the time, and looking is to cost nothing.
    return this.recipient.isLocal ? ready : endingQuietly(ready);
  }

  /**
   * The same actor with other call options: `ref.with({ timeoutMs: 100 }).ask.status()`.
   *
   * @throws ActorError `invalidOption`, also for a channel that this node does not have, wherever the actor lives.
   */
  with(options: CallOptions): ActorRef<A> {
    checkCallOptions(options, this.recipient.system.knownChannels);
    // A copy of one object takes a third of the time that one of two takes.
    const all = this.#options === undefined ? { ...options } : { ...this.#options, ...options };
    return new ActorRef<A>(this.recipient, all);
  }

  /** Whether both refs reach the same actor. @throws ActorError `invalidOption` for what is no ref, `twoCopies`. */
  equals(other: ActorRef<object>): boolean {
    assertRef(other);
    if (this.recipient === other.recipient) return true;
    // Actors of this process are objects of their own; others are known by where they live.
    const isRemote = !this.recipient.isLocal && !other.recipient.isLocal;
    return isRemote && this.recipient.label === other.recipient.label;
  }

  toString(): string {
    return `ActorRef(${this.recipient.label})`;
  }

  /** The text of {@link toString}, for loggers and answers of servers: a ref itself travels in messages only. */
  toJSON(): string {
    return this.toString();
  }
}

brandClass(ActorRef.prototype, "ActorRef");
inspectAs(ActorRef, String);
showAs(ActorRef, String);

/** @throws ActorError `invalidOption` for what is no ref, `twoCopies` for one of another copy of this package. */
export function assertRef(value: unknown): asserts value is ActorRef<object> {
  if (ActorRef.isRef(value)) return;
  const other = otherCopyOf(value, "ActorRef");
  if (other !== undefined) throw twoCopies("this is a ref", other);
  throw new ActorError("invalidOption", `${shown(value)} is no ref of an actor`);
}

/** Distinct method names that get a stub of their own; any further one works too, a little slower. */
const stubsMax = 10_000;

/**
 * Ends a stub class's prototype chain with a Proxy that makes one real method per message name on first use.
 *
 * Later calls find that method as an ordinary inherited property, so they cost no Proxy trap.
 */
function growStubs(stub: { prototype: object }, make: (name: string) => (...args: unknown[]) => unknown): void {
  let count = 0;
  const trap = {
    get(_target: object, name: string | symbol): unknown {
      // A stub must not look like a promise: it may be returned from an async function.
      if (typeof name === "symbol" || name === "then") return undefined;
      const method = make(name);
      if (count++ < stubsMax) Object.defineProperty(stub.prototype, name, { value: method });
      return method;
    },
  };
  Object.setPrototypeOf(stub.prototype, new Proxy(Object.create(null), trap));
}

/** A method that was taken from its ref: `promise.then(ref.tell.done)`. */
function detached(kind: "tell" | "ask" | "stream", name: string): ActorError {
  const call = `ref.${kind}.${name}`;
  const text = `${call} was called without its ref, which a method that is handed on loses; hand on (...args) => ${call}(...args)`;
  return new ActorError("badMessage", text);
}

class TellStub {
  readonly #recipient: Recipient;
  readonly #options: CallOptions | undefined;

  constructor(recipient: Recipient, options: CallOptions | undefined) {
    this.#recipient = recipient;
    this.#options = options;
  }

  static {
    const isStub = (value: unknown): boolean => typeof value === "object" && value !== null && #recipient in value;
    growStubs(
      TellStub,
      (name) =>
        function (this: TellStub, ...args: unknown[]): void {
          if (!isStub(this)) throw detached("tell", name);
          this.#recipient.tell(name, args, this.#options);
        },
    );
  }
}

class AskStub {
  readonly #recipient: Recipient;
  readonly #options: CallOptions | undefined;

  constructor(recipient: Recipient, options: CallOptions | undefined) {
    this.#recipient = recipient;
    this.#options = options;
  }

  static {
    const isStub = (value: unknown): boolean => typeof value === "object" && value !== null && #recipient in value;
    growStubs(
      AskStub,
      (name) =>
        function (this: AskStub, ...args: unknown[]): Promise<unknown> {
          if (!isStub(this)) throw detached("ask", name);
          return askRecipient(this.#recipient, name, args, this.#options);
        },
    );
  }
}

class StreamStub {
  readonly #recipient: Recipient;
  readonly #options: CallOptions | undefined;

  constructor(recipient: Recipient, options: CallOptions | undefined) {
    this.#recipient = recipient;
    this.#options = options;
  }

  static {
    const isStub = (value: unknown): boolean => typeof value === "object" && value !== null && #recipient in value;
    growStubs(
      StreamStub,
      (name) =>
        function (this: StreamStub, ...args: unknown[]): ActorStream<unknown> {
          if (!isStub(this)) throw detached("stream", name);
          return new ActorStream(this.#recipient, { method: name, args, options: this.#options });
        },
    );
  }
}
