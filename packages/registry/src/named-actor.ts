import type {
  ActorRef,
  ActorSystem,
  CallOptions,
  ExitListener,
  ExitSignal,
  FoundationError,
  Recipient,
  ReplyTo,
  StreamConsumer,
  StreamSubscription,
} from "@foundation/actor";
import { PendingReply } from "@foundation/actor/spi";
import { LateSubscription } from "./late-subscription.ts";
import type { Registry } from "./registry.ts";

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
  readonly system: ActorSystem;

  constructor(registry: Registry, system: ActorSystem, name: string) {
    this.name = name;
    this.#registry = registry;
    this.system = system;
  }

  get label(): string {
    return `name:${this.name}`;
  }

  /** What the error of an ask that came to nothing in time says besides. */
  whyLate(): string | undefined {
    return this.#registry.whyWaiting(this.name);
  }

  tell(method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    this.#sendOrPark(
      args,
      (ref) => ref.recipient.tell(method, args, options),
      (sender) => this.#reachedNobody(method, args, sender),
    );
  }

  send(message: unknown, options: CallOptions | undefined): void {
    this.#sendOrPark(
      message,
      (ref) => ref.recipient.send(message, options),
      (sender) => this.#reachedNobody("receive", [message], sender),
    );
  }

  /**
   * While the name is on its way, whoever goes as fast as its owner waits for that, instead of filling the room for what waits. A name
   * without an owner has no queue; what is sent says so.
   */
  async ready(options: CallOptions | undefined): Promise<void> {
    const owner = this.resolve();
    if (owner !== undefined) await owner.ready(options);
    else if (this.#registry.isExpected(this.name)) await this.#readyOfNext(options);
    else await this.system.takeTurn();
  }

  async #readyOfNext(options: CallOptions | undefined): Promise<void> {
    const pending = new PendingReply(this, "ready", options);
    const settle = (room: Promise<void>): void =>
      void room.then(
        () => pending.succeed(undefined),
        (error: unknown) => pending.fail(error),
      );
    const message = {
      send: (ref: ActorRef) => settle(ref.recipient.ready(options)),
      giveUp: () => pending.succeed(undefined),
      hasDeadline: true,
      content: undefined,
    };
    try {
      if (!pending.isSettled) pending.onSettled = this.#registry.parked.park(this.name, message);
    } catch (error) {
      pending.fail(error);
    }
    await pending.promise;
  }

  request(method: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void {
    const owner = this.#registry.reached(this.name);
    const attempt = new Attempt(replyTo, (ref, error) => this.#handedBack(attempt, ref, error), {
      method,
      args,
      options,
    });
    if (this.#registry.parked.has(this.name)) this.#parkAttempt(attempt);
    else if (owner !== undefined) attempt.send(owner);
    else if (this.#registry.isExpected(this.name)) this.#parkAttempt(attempt);
    else replyTo.refuse(this.#registry.unreached(this.name));
  }

  /** A stream does not outlive the owner that it was opened at. */
  openStream(
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription {
    const late = new LateSubscription();
    this.#sendOrPark(
      args,
      (ref) => late.follow(ref.recipient.openStream(method, args, options, consumer)),
      () => consumer.fail(this.#registry.unreached(this.name)),
    );
    return late;
  }

  resolve(): Recipient | undefined {
    return this.#registry.reached(this.name)?.recipient;
  }

  whenKnown(found: (recipient: Recipient | undefined) => void): () => void {
    return this.#sendOrWaitToLearn(
      (ref) => found(ref.recipient),
      () => found(undefined),
    );
  }

  /** Goes to whoever has the name now. */
  signal(signal: ExitSignal): void {
    this.#sendOrWaitToLearn(
      (ref) => ref.recipient.signal(signal),
      // Links are made between actors, never with a name: nobody waits for an answer.
      () => {},
    );
  }

  watch(listener: ExitListener): () => void {
    let unwatch: (() => void) | undefined;
    const takeBack = this.#sendOrWaitToLearn(
      (ref) => {
        unwatch = ref.recipient.watch(listener);
      },
      () => listener("noproc"),
    );
    return () => {
      takeBack();
      unwatch?.();
    };
  }

  /**
   * Signals are for the owner of this moment: they wait only while this node does not know yet whether there is one.
   *
   * @returns takes back what waits.
   */
  #sendOrWaitToLearn(send: (ref: ActorRef) => void, giveUp: () => void): () => void {
    const owner = this.#registry.reached(this.name);
    if (owner === undefined && this.#registry.isLearning)
      return this.#registry.parked.park(this.name, { send, giveUp, hasDeadline: false, content: undefined });
    if (owner === undefined) giveUp();
    else send(owner);
    return () => {};
  }

  #reachedNobody(method: string, args: readonly unknown[], sender: string | undefined): void {
    const letter = { recipient: this.label, method, args, reason: "noproc", sender } as const;
    this.system.deadLetter(letter, { advise: () => this.#registry.adviceOn(this.name) });
  }

  /** @param giveUp gets the class of the sender when the message has waited. */
  #sendOrPark(content: unknown, send: (ref: ActorRef) => void, giveUp: (sender?: string) => void): void {
    const owner = this.#registry.reached(this.name);
    // Behind what waits: nothing overtakes it.
    if (this.#registry.parked.has(this.name) || (owner === undefined && this.#registry.isExpected(this.name))) {
      const sender = this.system.classAtWork;
      this.#registry.parked.park(this.name, { send, giveUp: () => giveUp(sender), hasDeadline: false, content });
    } else if (owner !== undefined) send(owner);
    else giveUp();
  }

  /** The deadline of an ask is kept by its caller. One that is over waits for nothing. */
  #parkAttempt(attempt: Attempt): void {
    if (attempt.isOver) return;
    const giveUp = (): void => attempt.fail(this.#registry.unreached(this.name));
    try {
      const send = (ref: ActorRef): void => attempt.send(ref);
      const takeBack = this.#registry.parked.park(this.name, {
        send,
        giveUp,
        hasDeadline: true,
        content: attempt.args,
      });
      attempt.whenSettled(() => void takeBack());
    } catch (error) {
      attempt.fail(error);
    }
  }

  /** Nobody has seen the ask, so it may go to the next owner, if there is one or will be. */
  #handedBack(attempt: Attempt, ref: ActorRef, error: FoundationError): void {
    const owner = this.#registry.reached(this.name);
    if (owner !== undefined && !owner.equals(ref)) attempt.send(owner);
    else if (this.#registry.isExpected(this.name) && (error.code === "noproc" || error.code === "nodedown")) {
      this.#parkAttempt(attempt);
    } else attempt.giveBack(error);
  }
}

/** One ask by name: goes to one owner after the other until one of them looks at it. */
class Attempt implements ReplyTo {
  onSettled: (() => void) | undefined;
  readonly #replyTo: ReplyTo;
  readonly #handedBack: (ref: ActorRef, error: FoundationError) => void;
  readonly #call: { method: string; args: readonly unknown[]; options: CallOptions | undefined };
  #ref: ActorRef | undefined;
  #isSettled = false;

  constructor(
    replyTo: ReplyTo,
    handedBack: (ref: ActorRef, error: FoundationError) => void,
    call: { method: string; args: readonly unknown[]; options: CallOptions | undefined },
  ) {
    this.#replyTo = replyTo;
    this.#handedBack = handedBack;
    this.#call = call;
    replyTo.onSettled = () => {
      this.#isSettled = true;
      this.onSettled?.();
    };
  }

  /** Whether nobody waits for the outcome any more: it has timed out, or was aborted before it began. */
  get isOver(): boolean {
    return this.#isSettled || this.#replyTo.isAborted;
  }

  get args(): readonly unknown[] {
    return this.#call.args;
  }

  get isAborted(): boolean {
    return this.#replyTo.isAborted;
  }

  timeLeftMs(): number {
    return this.#replyTo.timeLeftMs();
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
