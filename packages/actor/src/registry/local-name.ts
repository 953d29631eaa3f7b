import type { ReplyTo } from "../contract/reply-to.ts";
import { ActorError } from "../errors.ts";
import type { CallOptions } from "../message/call-options.ts";
import type { ExitListener, Recipient } from "../message/recipient.ts";
import type { ActorRef } from "../message/ref.ts";
import type { ExitSignal } from "../signal/exit-signal.ts";
import type { StreamConsumer, StreamSubscription } from "../stream/stream.ts";
import type { ActorSystem } from "../system/actor-system.ts";

/** Whoever has a name of a local registry when a message is sent. */
export class LocalName implements Recipient {
  readonly isLocal: boolean = false;
  readonly label: string;
  readonly system: ActorSystem;
  readonly #find: () => ActorRef | undefined;

  constructor(system: ActorSystem, key: string, find: () => ActorRef | undefined) {
    this.label = `${system.name}/${JSON.stringify(key)}`;
    this.system = system;
    this.#find = find;
  }

  tell(method: string, args: readonly unknown[], options: CallOptions | undefined): void {
    const owner = this.#find();
    if (owner !== undefined) return owner.recipient.tell(method, args, options);
    this.system.deadLetter({ recipient: this.label, method, args, reason: "noproc" });
  }

  send(message: unknown, options: CallOptions | undefined): void {
    const owner = this.#find();
    if (owner !== undefined) return owner.recipient.send(message, options);
    this.system.deadLetter({ recipient: this.label, method: "receive", args: [message], reason: "noproc" });
  }

  /** A name without an owner has no queue; what is sent says so. */
  async ready(options: CallOptions | undefined): Promise<void> {
    const owner = this.#find();
    await (owner === undefined ? this.system.takeTurn() : owner.recipient.ready(options));
  }

  request(method: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void {
    const owner = this.#find();
    if (owner === undefined) replyTo.refuse(this.#noproc());
    else owner.recipient.request(method, args, options, replyTo);
  }

  openStream(
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription {
    const owner = this.#find();
    if (owner === undefined) throw this.#noproc();
    return owner.recipient.openStream(method, args, options, consumer);
  }

  resolve(): Recipient | undefined {
    return this.#find()?.recipient;
  }

  /** All names of a local registry are known. */
  whenKnown(found: (recipient: Recipient | undefined) => void): () => void {
    found(this.resolve());
    return () => {};
  }

  watch(listener: ExitListener): () => void {
    const owner = this.#find();
    if (owner !== undefined) return owner.recipient.watch(listener);
    listener("noproc");
    return () => {};
  }

  signal(signal: ExitSignal): void {
    // Links are made between actors, never with a name: nobody waits for an answer.
    this.#find()?.recipient.signal(signal);
  }

  #noproc(): ActorError {
    return new ActorError("noproc", `nothing is registered as ${this.label}`);
  }
}
