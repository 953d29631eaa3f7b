import {
  type ActorChannels,
  ActorError,
  ActorRef,
  type ActorSystem,
  type CallOptions,
  type ExitListener,
  type ExitSignal,
  type Recipient,
  type ReplyTo,
  type StreamConsumer,
  type StreamSubscription,
} from "@foundation/actor";
import { ActorCell, channelFor, PendingReply } from "@foundation/actor/spi";
import type { ActorMessages } from "./actor-messages.ts";
import type { RemoteAddress } from "./remote-address.ts";
import type { RemoteSession } from "./remote-session.ts";

/** An actor on another node, or one of an earlier life of this node, which is gone. */
export class RemoteActor implements Recipient {
  readonly address: RemoteAddress;
  readonly isLocal: boolean = false;
  /** The channels that its class names, when that is known here. */
  readonly channels: ActorChannels | undefined;
  readonly #messages: ActorMessages;

  constructor(messages: ActorMessages, address: RemoteAddress, channels?: ActorChannels) {
    this.#messages = messages;
    this.address = address;
    this.channels = channels;
  }

  get label(): string {
    const [nodeId, incarnation, actorId] = this.address;
    return `${nodeId}@${incarnation}/${actorId}`;
  }

  get system(): ActorSystem {
    return this.#messages.system;
  }

  /** A message to a node that is not linked is lost, unless its channel is reliable: it becomes a dead letter. */
  tell(method: string, args: readonly unknown[], given: CallOptions | undefined): void {
    const options = this.#routed(method, given);
    const session = this.#session();
    if (session !== undefined) return session.calls.tell(this.address[2], method, args, options);
    const [nodeId, incarnation, actorId] = this.address;
    if (this.#messages.tellLater(nodeId, incarnation, { actorId, method, args, options })) return;
    this.system.deadLetter({ recipient: this.label, method, args, reason: "nodedown" });
  }

  send(message: unknown, given: CallOptions | undefined): void {
    const options = this.#routed("receive", given);
    const session = this.#session();
    if (session !== undefined) return session.calls.send(this.address[2], message, options);
    const [nodeId, incarnation, actorId] = this.address;
    if (this.#messages.plainLater(nodeId, incarnation, { actorId, message, options })) return;
    this.system.deadLetter({ recipient: this.label, method: "receive", args: [message], reason: "nodedown" });
  }

  /** Waits for room on the way and, from time to time, in the mailbox at its end. */
  async ready(options: CallOptions | undefined): Promise<void> {
    await this.system.takeTurn();
    const session = this.#session();
    const pending = new PendingReply(this, "ready", options);
    if (session === undefined) pending.fail(new ActorError("nodedown", `${this.address[0]} is not connected`));
    else if (!pending.isSettled)
      session.room(this.address[2], options?.channel, this.channels).then(
        () => pending.succeed(undefined),
        (error) => pending.fail(error),
      );
    await pending.promise;
  }

  request(method: string, args: readonly unknown[], given: CallOptions | undefined, replyTo: ReplyTo): void {
    const options = this.#routed(method, given);
    const session = this.#session();
    if (session !== undefined) return session.calls.request(this.address[2], method, args, options, replyTo);
    replyTo.refuse(new ActorError("nodedown", `${this.address[0]} is not connected; nothing was sent`));
  }

  openStream(
    method: string,
    args: readonly unknown[],
    given: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription {
    const options = this.#routed(method, given);
    const session = this.#session();
    if (session !== undefined) return session.streams.open(this.address[2], method, args, { options, consumer });
    throw new ActorError("nodedown", `${this.address[0]} is not connected; nothing was sent`);
  }

  resolve(): Recipient {
    return this;
  }

  whenKnown(found: (recipient: Recipient) => void): () => void {
    found(this);
    return () => {};
  }

  signal(signal: ExitSignal): void {
    const { recipient } = signal.from;
    // Only actors of this node send signals from here.
    if (!(recipient instanceof ActorCell)) return;
    const session = this.#session();
    if (session !== undefined) {
      recipient.isExposed = true;
      session.links.send(recipient, this.address[2], signal);
    } else if (signal.kind === "link") {
      recipient.signal({ kind: "linkedExit", from: new ActorRef(this), reason: "noconnection" });
    }
  }

  watch(listener: ExitListener): () => void {
    const session = this.#session();
    if (session !== undefined) return session.watches.watch(this.address[2], listener);
    listener("noconnection");
    return () => {};
  }

  /** The call's own channel comes before that of the method, and that before the one of the class. */
  #routed(method: string, options: CallOptions | undefined): CallOptions | undefined {
    if (this.channels === undefined || options?.channel !== undefined) return options;
    const channel = channelFor(this.channels, method);
    return channel === undefined ? options : { ...options, channel };
  }

  #session(): RemoteSession | undefined {
    return this.#messages.session(this.address[0], this.address[1]);
  }
}
