import {
  ActorError,
  type ActorRef,
  type ActorSystem,
  type CallOptions,
  type ExitListener,
  Expiring,
  type FoundationError,
  type Recipient,
  type ReplyTo,
} from "@foundation/actor";
import type { Registry } from "./registry.ts";

/** Messages that may wait for one name; further ones are refused. */
const parkedMax = 10_000;
/** How long a message without a deadline of its own waits for its name before it becomes a dead letter. Milliseconds. */
const parkedMs = 5_000;

/** A message that waits until its name is taken. */
class Parked extends Expiring {
  readonly send: (ref: ActorRef) => void;
  readonly giveUp: () => void;

  constructor(send: (ref: ActorRef) => void, giveUp: () => void) {
    super();
    this.send = send;
    this.giveUp = giveUp;
  }

  override expire(): void {
    this.giveUp();
  }
}

/**
 * Whoever has a name when a message is sent.
 *
 * While a reserved name has no owner (its singleton is being moved), messages wait for the next one. An ask that is handed
 * back, because the owner ended before it looked at it, goes to the next owner; one that may have been handled fails.
 */
export class NamedActor implements Recipient {
  readonly name: string;
  readonly isLocal: boolean = false;
  readonly #registry: Registry;
  readonly #system: ActorSystem;
  readonly #parked = new Set<Parked>();

  constructor(registry: Registry, system: ActorSystem, name: string) {
    this.name = name;
    this.#registry = registry;
    this.#system = system;
  }

  get label(): string {
    return `name:${this.name}`;
  }

  tell(method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    this.#sendOrPark(
      (ref) => ref.recipient.tell(method, args, options),
      () => this.#system.deadLetter({ recipient: this.label, method, args }),
    );
  }

  send(message: unknown, options: CallOptions | undefined): void {
    this.#sendOrPark(
      (ref) => ref.recipient.send(message, options),
      () => this.#system.deadLetter({ recipient: this.label, method: "receive", args: [message] }),
    );
  }

  ask(method: string, args: readonly unknown[], options: CallOptions | undefined): Promise<unknown> {
    const pending = this.#system.pendingReply(options, () => `${method}() of ${this.label}`);
    this.request(method, args, options, pending);
    return pending.promise;
  }

  request(method: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void {
    const owner = this.#registry.lookup(this.name);
    const attempt = new Attempt(replyTo, (ref, error) => this.#handedBack(attempt, ref, error), {
      method,
      args,
      options,
    });
    if (owner !== undefined) attempt.send(owner);
    else if (this.#registry.isReserved(this.name)) this.#parkAttempt(attempt);
    else replyTo.refuse(new ActorError("noproc", `nothing is registered as ${JSON.stringify(this.name)}`));
  }

  watch(listener: ExitListener): () => void {
    const owner = this.#registry.lookup(this.name);
    if (owner !== undefined) return owner.recipient.watch(listener);
    listener("noproc");
    return () => {};
  }

  /** The name has an owner: what waited goes there, in order. */
  found(ref: ActorRef): void {
    const parked = [...this.#parked];
    this.#parked.clear();
    for (const each of parked) {
      this.#system.deadlines.cancel(each);
      try {
        each.send(ref);
      } catch (error) {
        // Its sender was told that it is on its way, so the refusal can only be noted.
        this.#system.log.warn("parked message refused", { name: this.name, reason: String(error) });
        each.giveUp();
      }
    }
  }

  /** The name will not be taken again: what waited is given up. */
  abandoned(): void {
    const parked = [...this.#parked];
    this.#parked.clear();
    for (const each of parked) {
      this.#system.deadlines.cancel(each);
      each.giveUp();
    }
  }

  #sendOrPark(send: (ref: ActorRef) => void, giveUp: () => void): void {
    const owner = this.#registry.lookup(this.name);
    if (owner !== undefined) return send(owner);
    if (!this.#registry.isReserved(this.name)) return giveUp();
    if (this.#parked.size >= parkedMax) throw this.#overloaded();
    const parked = new Parked(send, () => {
      this.#parked.delete(parked);
      giveUp();
    });
    this.#park(parked);
    this.#system.deadlines.add(parked, parkedMs);
  }

  /** The deadline of an ask is kept by its caller. */
  #parkAttempt(attempt: Attempt): void {
    if (this.#parked.size >= parkedMax) return attempt.fail(this.#overloaded());
    const parked = new Parked(
      (ref) => attempt.send(ref),
      () =>
        attempt.fail(
          new ActorError("noproc", `${JSON.stringify(this.name)} was given up while a message waited for it`),
        ),
    );
    this.#park(parked);
    attempt.whenSettled(() => this.#parked.delete(parked));
  }

  #park(parked: Parked): void {
    this.#parked.add(parked);
    this.#registry.waitFor(this.name, this);
  }

  /** Nobody has seen the ask, so it may go to the next owner, if there is one or will be. */
  #handedBack(attempt: Attempt, ref: ActorRef, error: FoundationError): void {
    const owner = this.#registry.lookup(this.name);
    if (owner !== undefined && !owner.equals(ref)) attempt.send(owner);
    else if (this.#registry.isReserved(this.name) && (error.code === "noproc" || error.code === "nodedown")) {
      this.#parkAttempt(attempt);
    } else attempt.giveBack(error);
  }

  #overloaded(): ActorError {
    return new ActorError(
      "overloaded",
      `${parkedMax} messages wait for ${JSON.stringify(this.name)}; nothing was sent`,
    );
  }
}

/** One ask by name: goes to one owner after the other until one of them looks at it. */
class Attempt implements ReplyTo {
  onSettled: (() => void) | undefined;
  readonly #replyTo: ReplyTo;
  readonly #handedBack: (ref: ActorRef, error: FoundationError) => void;
  readonly #call: { method: string; args: readonly unknown[]; options: CallOptions | undefined };
  #ref: ActorRef | undefined;

  constructor(
    replyTo: ReplyTo,
    handedBack: (ref: ActorRef, error: FoundationError) => void,
    call: { method: string; args: readonly unknown[]; options: CallOptions | undefined },
  ) {
    this.#replyTo = replyTo;
    this.#handedBack = handedBack;
    this.#call = call;
    replyTo.onSettled = () => this.onSettled?.();
  }

  send(ref: ActorRef): void {
    this.#ref = ref;
    this.onSettled = undefined;
    ref.recipient.request(this.#call.method, this.#call.args, this.#call.options, this);
  }

  whenSettled(callback: () => void): void {
    this.onSettled = callback;
  }

  succeed(value: unknown): void {
    this.#replyTo.succeed(value);
  }

  fail(error: unknown): void {
    this.#replyTo.fail(error);
  }

  refuse(error: FoundationError): void {
    if (this.#ref === undefined) this.giveBack(error);
    else this.#handedBack(this.#ref, error);
  }

  giveBack(error: FoundationError): void {
    this.#replyTo.refuse(error);
  }
}
