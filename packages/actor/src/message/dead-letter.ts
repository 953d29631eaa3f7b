/**
 * Why a message reached nobody.
 *
 * - `noproc`: its recipient has ended, or never lived.
 * - `overloaded`: the mailbox was full, and its policy was to drop.
 * - `noReceiver`: it was sent to a class without `receive`.
 * - `nodedown`: its recipient's node is not connected.
 * - `badMessage`: it came from another node, and its class does not take it.
 */
export type DeadLetterReason = "noproc" | "overloaded" | "noReceiver" | "nodedown" | "badMessage";

/** A message that could not be delivered. */
export interface DeadLetter {
  /** The label of the actor, or the name, that it was meant for. */
  readonly recipient: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly reason: DeadLetterReason;
  /** The class of the actor that sent it, or the node that it came from, where that is known and not the actor at work. */
  readonly sender?: string | undefined;
}
