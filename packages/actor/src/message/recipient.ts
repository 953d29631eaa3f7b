import type { ReplyTo } from "../contract/reply-to.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
import type { ExitSignal } from "../signal/exit-signal.ts";
import type { StreamConsumer, StreamSubscription } from "../stream/stream.ts";
import type { CallOptions } from "./call-options.ts";
import type { AskingSystem } from "./reply.ts";

/** Told when an actor has ended, after its names are free. */
export type ExitListener = (reason: ExitReason) => void;

/** Whatever messages can be addressed to: a local actor, one on another node, a registered name. */
export interface Recipient {
  /** Identifies the recipient in logs and errors. */
  readonly label: string;
  /** Whether this object is the recipient itself, not a way to it. */
  readonly isLocal: boolean;
  /** The system of this node. */
  readonly system: AskingSystem;
  /** @throws ActorError `badMessage`, `overloaded`; see {@link ActorRef.tell}. */
  tell(method: string, args: readonly unknown[], options: CallOptions | undefined): void;
  /** The outcome goes to `replyTo`, which also keeps the deadline. Throws nothing. */
  request(method: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void;
  send(message: unknown, options: CallOptions | undefined): void;
  /** Resolves when there is room for a message: see {@link ActorRef.ready}. */
  ready(options: CallOptions | undefined): Promise<void>;
  /** Opens a stream. The reader keeps the deadline. Failures go to `consumer`. */
  openStream(
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
    consumer: StreamConsumer,
  ): StreamSubscription;
  /**
   * Calls `listener` once when the recipient has ended, at once with `noproc` when it already has.
   *
   * @returns how to take the listener back.
   */
  watch(listener: ExitListener): () => void;
  /** Whoever stands behind it now: itself, unless it is a name, which may have no owner. */
  resolve(): Recipient | undefined;
  /**
   * Calls `found` once with what {@link resolve} gives: at once, unless this node is still learning whether the name has an owner.
   *
   * @returns how to take it back.
   * @throws ActorError `overloaded` when too much waits for names.
   */
  whenKnown(found: (recipient: Recipient | undefined) => void): () => void;
  /** Passes a link, its end or an exit signal on. What links to a recipient that is gone gets `noproc` back. */
  signal(signal: ExitSignal): void;
}
