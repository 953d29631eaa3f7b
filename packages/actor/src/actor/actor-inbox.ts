import type { Envelope } from "../contract/envelope.ts";
import type { Method } from "../contract/method.ts";
import type { ReplyTo } from "../contract/reply-to.ts";
import { ActorError, OverloadedError } from "../errors.ts";
import { Mailbox } from "../mailbox/mailbox.ts";
import { type MailboxLimits, mailboxLimits, type Priority } from "../mailbox/mailbox-options.ts";
import type { CallOptions } from "../message/call-options.ts";
import type { DeadLetterReason } from "../message/dead-letter.ts";
import type { ExitListener, Recipient } from "../message/recipient.ts";
import { ActorRef } from "../message/ref.ts";
import { CopyingReply, PendingReply } from "../message/reply.ts";
import type { ExitSignal } from "../signal/exit-signal.ts";
import { endingQuietly } from "../signal/expected-end.ts";
import { CopyingConsumer } from "../stream/copying-consumer.ts";
import type { StreamConsumer, StreamSubscription } from "../stream/stream.ts";
import { type StreamHost, StreamProducer } from "../stream/stream-producer.ts";
import type { CellOptions } from "../system/spawn-options.ts";
import type { CellHost } from "./cell-host.ts";
import { currentExecution, hookAtWork } from "./execution.ts";
import { checkArguments, type Protocol } from "./protocol.ts";

/** What an actor's mailbox has seen. */
export interface ActorCounters {
  /** Messages whose handler was called. */
  readonly processed: number;
  /** Messages that were dropped because the mailbox was full. */
  readonly dropped: number;
  /** Messages that wait. */
  readonly mailboxLength: number;
  /** How long messages wait for their handler: a moving average over one message in 64 at most. Milliseconds. */
  readonly mailboxTimeMs: number;
}

const nothingYet: ActorCounters = { processed: 0, dropped: 0, mailboxLength: 0, mailboxTimeMs: 0 };

/** How messages get to an actor: checks and copies them as they come, and keeps them until the actor takes them. */
export abstract class ActorInbox implements Recipient {
  readonly id: number;
  readonly system: CellHost;
  readonly protocol: Protocol;
  readonly self: ActorRef;
  /** Whether nodes that were never given a ref may reach this actor: set when it is registered or its ref is sent. */
  isExposed = false;
  /** Whether the scheduler has this actor in its queue. Owned by the scheduler. */
  isScheduled = false;
  /** Made for the first message: most actors of a large system are idle. */
  mailbox: Mailbox | undefined;
  readonly #limits: MailboxLimits;
  /** Copies messages of this node as a trip to another node would, when such trips are simulated. */
  readonly #copy: ((value: unknown) => unknown) | undefined;

  constructor(system: CellHost, id: number, protocol: Protocol, options: CellOptions) {
    this.system = system;
    this.id = id;
    this.protocol = protocol;
    this.#limits = options.mailbox === undefined ? protocol.mailbox : mailboxLimits(options.mailbox);
    this.#copy = protocol.isRemotable ? system.simulateRemote : undefined;
    this.self = new ActorRef(this);
  }

  abstract get isAlive(): boolean;
  abstract watch(listener: ExitListener): () => void;
  abstract signal(signal: ExitSignal): void;
  /** Runs the generators of streams. */
  abstract get streamHost(): StreamHost;
  /** Says that there may be something to do. */
  abstract wake(): void;
  /** What askers of an actor that has ended get. */
  abstract noproc(): ActorError;

  get label(): string {
    return `${this.system.name}/${this.id}`;
  }

  get isLocal(): boolean {
    return true;
  }

  resolve(): Recipient {
    return this;
  }

  whenKnown(found: (recipient: Recipient) => void): () => void {
    found(this);
    return () => {};
  }

  /** How many messages wait. */
  get mailboxLength(): number {
    return this.mailbox?.length ?? 0;
  }

  get counters(): ActorCounters {
    return this.mailbox?.counters ?? nothingYet;
  }

  // ---- messages of this node ----

  tell(name: string, args: readonly unknown[], options?: CallOptions): void {
    this.#enqueue(this.#envelope(this.#callOf(name), args, undefined), options?.priority);
  }

  /** A class without `receive` takes no plain messages: what is sent to it becomes a dead letter. */
  send(message: unknown, options?: CallOptions): void {
    const method = this.protocol.receive;
    const args = [this.#copy === undefined ? message : this.#copy(message)];
    if (method !== undefined) return this.#enqueue(enclose(method, args, undefined), options?.priority);
    this.#deadLetter("receive", args, "noReceiver");
  }

  ready(options?: CallOptions): Promise<void> {
    // A sender that is never held up would hold up all others, and what it sends to.
    const turn = this.system.takeTurn();
    if (turn === undefined && !(this.mailbox?.isFull && this.isAlive)) return Promise.resolve();
    return endingQuietly(this.#whenRoom(turn, options));
  }

  async #whenRoom(turn: Promise<void> | undefined, options: CallOptions | undefined): Promise<void> {
    if (turn !== undefined) await turn;
    const { mailbox } = this;
    if (mailbox === undefined || !mailbox.isFull || !this.isAlive) return;
    this.assertNotHeldHere("waited for room in its own mailbox", "tell without waiting");
    const pending = new PendingReply(this, "ready", options);
    if (!pending.isSettled) pending.onSettled = mailbox.onceRoom(() => pending.succeed(undefined));
    await pending.promise;
  }

  request(name: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void {
    try {
      const method = this.#callOf(name);
      this.#assertNotSelf(method, "asked itself for");
      const reply = this.#copy === undefined ? replyTo : new CopyingReply(replyTo, this.#copy);
      this.#enqueue(this.#envelope(method, args, reply), options?.priority);
    } catch (error) {
      // Not handed back, unless there was no room: sending the same again would fail the same way.
      if (error instanceof OverloadedError) replyTo.refuse(error);
      else replyTo.fail(error);
    }
  }

  openStream(
    name: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription {
    const reader = this.#copy === undefined ? consumer : new CopyingConsumer(consumer, this.#copy);
    return this.#produce(reader, name, (producer) => {
      const method = this.#methodOf(name);
      this.#assertNotSelf(method, "read its own stream");
      this.#enqueue(this.#envelope(method, args, producer), options?.priority);
    });
  }

  // ---- messages of other nodes ----

  /**
   * Puts a call that came from another node into the mailbox.
   *
   * @param bytes how long it was on the wire.
   * @throws ActorError `badMessage` when the class has no such message, or none that other nodes may send; `overloaded`.
   */
  deliver(
    name: string,
    args: readonly unknown[],
    replyTo: ReplyTo | undefined,
    options?: CallOptions,
    bytes?: number,
  ): void {
    this.#assertRemotable();
    const method = replyTo instanceof StreamProducer ? this.#methodOf(name) : this.#callOf(name);
    const checked = checkArguments(this.protocol.className, method, args);
    const envelope =
      bytes === undefined ? enclose(method, checked, replyTo) : received(method, checked, replyTo, bytes);
    this.#enqueue(envelope, options?.priority);
  }

  /** Puts a plain message that came from another node into the mailbox. @throws ActorError as {@link deliver}. */
  deliverPlain(message: unknown, options: CallOptions, bytes: number): void {
    this.#assertRemotable();
    const method = this.protocol.receive;
    if (method !== undefined) return this.#enqueue(received(method, [message], undefined, bytes), options?.priority);
    this.#deadLetter("receive", [message], "noReceiver");
  }

  /** Opens a stream for a reader on another node. Failures go to `consumer`. */
  deliverStream(
    name: string,
    args: readonly unknown[],
    options: CallOptions,
    consumer: StreamConsumer,
  ): StreamSubscription {
    return this.#produce(consumer, name, (producer) => this.deliver(name, args, producer, options));
  }

  /**
   * Calls `listener` once there is room for messages of other nodes: at once, or when enough was handled, or when the actor ends.
   *
   * @returns how to take the listener back.
   */
  onceUncrowded(listener: () => void): () => void {
    const { mailbox } = this;
    if (mailbox === undefined || !mailbox.isCrowded || !this.isAlive) {
      listener();
      return () => {};
    }
    let stop = (): void => {};
    const unwatch = this.watch(() => {
      stop();
      listener();
    });
    const look = (): void => {
      if (mailbox.isCrowded) {
        stop = mailbox.onceRoom(look);
        return;
      }
      unwatch();
      listener();
    };
    stop = mailbox.onceRoom(look);
    return () => {
      stop();
      unwatch();
    };
  }

  // ---- messages of the actor itself ----

  /** Puts work of the runtime itself behind the messages that wait, even when these are too many: what a timer calls. */
  post(name: string, callback: () => unknown): void {
    if (!this.isAlive) return;
    const method: Method = {
      name,
      call: callback,
      isReentrant: false,
      isAsync: false,
      isStream: false,
      schema: undefined,
    };
    this.#mailbox.pushOwn(enclose(method, [], undefined));
    this.wake();
  }

  /** Puts messages back that had been taken out, before those that wait. */
  putBack(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes.toReversed()) this.#mailbox.putBack(envelope);
    this.wake();
  }

  /** A message that was put back is not to be handled any more. */
  withdraw(envelope: Envelope): void {
    this.mailbox?.withdraw(envelope);
  }

  // ---- the way in ----

  get #mailbox(): Mailbox {
    return (this.mailbox ??= new Mailbox(this.#limits, this.system.runtime));
  }

  #produce(consumer: StreamConsumer, method: string, enqueue: (producer: StreamProducer) => void): StreamSubscription {
    const producer = new StreamProducer(this.streamHost, consumer, method);
    try {
      enqueue(producer);
    } catch (error) {
      producer.fail(error);
    }
    return producer;
  }

  #assertRemotable(): void {
    if (this.protocol.isRemotable) return;
    throw new ActorError("badMessage", `${this.protocol.className} takes messages of its own node only`);
  }

  /** A handler may ask for a reentrant method, which runs meanwhile; a hook may not, because nothing runs beside it. */
  #assertNotSelf(method: Method, what: string): void {
    const envelope = this.#atWorkHere();
    if (envelope === undefined || (method.isReentrant && envelope !== hookAtWork)) return;
    this.#refuseSelf(`${what} ${method.name}()`, "call the method");
  }

  /**
   * @param what its handler or hook did that is running here, in the past tense.
   * @throws ActorError `askSelf` when it holds this actor until it is through.
   */
  assertNotHeldHere(what: string, instead: string): void {
    const envelope = this.#atWorkHere();
    if (envelope !== undefined && !envelope.method.isReentrant) this.#refuseSelf(what, instead);
  }

  /** What this actor's code that calls is handling. */
  #atWorkHere(): Envelope | undefined {
    const execution = currentExecution();
    const owner: object | undefined = execution?.owner;
    return owner === this ? execution?.envelope : undefined;
  }

  #refuseSelf(what: string, instead: string): never {
    throw new ActorError("askSelf", `${this.label} ${what} and would wait forever; ${instead} instead`);
  }

  #envelope(method: Method, args: readonly unknown[], replyTo: ReplyTo | undefined): Envelope {
    const checked = method.schema === undefined ? args : checkArguments(this.protocol.className, method, args);
    const own = this.#copy === undefined ? checked : (this.#copy(checked) as readonly unknown[]);
    return enclose(method, own, replyTo);
  }

  /** A generator that nobody reads would be made, and never run. */
  #callOf(name: string): Method {
    const method = this.#methodOf(name);
    if (!method.isStream) return method;
    throw new ActorError(
      "badMessage",
      `${this.protocol.className}.${name}() is a stream; read it as ref.stream.${name}()`,
    );
  }

  #methodOf(name: string): Method {
    const method = this.protocol.method(name);
    if (method === undefined) {
      throw new ActorError("badMessage", this.protocol.refusal(name));
    }
    return method;
  }

  #enqueue(envelope: Envelope, priority: Priority | undefined): void {
    if (!this.isAlive) return this.#undeliverable(envelope);
    const mailbox = this.#mailbox;
    if (mailbox.isFull && !this.#makeRoom(mailbox, envelope)) return;
    mailbox.push(envelope, priority);
    if (!this.isScheduled) this.wake();
  }

  /** Makes room in a full mailbox. @returns whether the envelope may still be taken in. @throws OverloadedError when it is handed back. */
  #makeRoom(mailbox: Mailbox, envelope: Envelope): boolean {
    const { overflow } = mailbox.limits;
    const dropped = overflow === "dropOldest" ? mailbox.dropOldest() : envelope;
    const { method, args, replyTo } = dropped ?? envelope;
    const refused = { recipient: this.label, method: method.name, args };
    const overloaded = (what: string): OverloadedError =>
      new OverloadedError(
        `${this.protocol.className} ${this.label} has ${mailbox.describeWaiting()} waiting, all it takes; ${method.name}() was ${what}; await ref.ready() first`,
        refused,
      );
    if (overflow === "reject") throw overloaded("handed back");
    mailbox.dropped++;
    if (replyTo !== undefined) replyTo.refuse(overloaded("dropped"));
    else this.#deadLetter(method.name, args, "overloaded");
    // One that came from another node may take the room of several.
    return overflow === "dropOldest" && (!mailbox.isFull || this.#makeRoom(mailbox, envelope));
  }

  /** Hands a message back that nobody will handle, or makes a dead letter of it. */
  #undeliverable({ method, args, replyTo }: Envelope): void {
    if (replyTo !== undefined) return replyTo.refuse(this.noproc());
    if (this.#isMessage(method)) this.#deadLetter(method.name, args, "noproc");
  }

  /** The actor has ended while the message waited for it. */
  protected lost({ method, args, replyTo }: Envelope, noproc: () => ActorError): void {
    if (replyTo !== undefined) return replyTo.refuse(noproc());
    if (!this.#isMessage(method)) return;
    this.system.lostWithItsActor({ recipient: this.label, method: method.name, args, reason: "noproc" });
  }

  /** What a timer would have called is nobody's message. */
  #isMessage(method: Method): boolean {
    return method === this.protocol.receive || method === this.protocol.method(method.name);
  }

  #deadLetter(method: string, args: readonly unknown[], reason: DeadLetterReason): void {
    this.system.deadLetter({ recipient: this.label, method, args, reason }, { className: this.protocol.className });
  }
}

/** As {@link enclose}, for what came from another node. */
function received(method: Method, args: readonly unknown[], replyTo: ReplyTo | undefined, bytes: number): Envelope {
  return { method, args, replyTo, bytes };
}

function enclose(method: Method, args: readonly unknown[], replyTo: ReplyTo | undefined): Envelope {
  return { method, args, replyTo };
}
