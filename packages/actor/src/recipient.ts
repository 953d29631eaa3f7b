import type { ExitReason } from "./exit-reason.ts";
import type { ReplyTo } from "./reply.ts";

/** Told when an actor has ended, after its names are free. */
export type ExitListener = (reason: ExitReason) => void;

/** What can be said about one call. */
export interface CallOptions {
  /** Milliseconds until an ask fails with `timeout`. Default 5 000. */
  readonly timeoutMs?: number;
  /** The channel to other nodes. Default: the link's choice by size. No meaning for actors of the same node. */
  readonly channel?: string;
}

/** Whatever messages can be addressed to: a local actor, one on another node, a registered name. */
export interface Recipient {
  /** Identifies the recipient in logs and errors. */
  readonly label: string;
  /** Whether this object is the recipient itself, not a way to it. */
  readonly isLocal: boolean;
  /** @throws ActorError `badMessage`, `overloaded`; see {@link ActorRef.tell}. */
  tell(method: string, args: readonly unknown[], options: CallOptions | undefined): void;
  ask(method: string, args: readonly unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** Like {@link ask}, but the outcome goes to `replyTo`, which also keeps the deadline. Throws nothing. */
  request(method: string, args: readonly unknown[], options: CallOptions | undefined, replyTo: ReplyTo): void;
  send(message: unknown, options: CallOptions | undefined): void;
  /**
   * Calls `listener` once when the recipient has ended, at once with `noproc` when it already has.
   *
   * @returns how to take the listener back.
   */
  watch(listener: ExitListener): () => void;
}
