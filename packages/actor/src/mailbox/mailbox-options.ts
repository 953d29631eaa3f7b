import { oneOf, wholeNumber } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";

/**
 * What happens to a message that finds the mailbox full.
 *
 * - `reject`: it is handed back: the sender gets `overloaded`, in its own call.
 * - `dropOldest`: the oldest message of the lowest priority makes room and becomes a dead letter.
 * - `dropNewest`: the message itself becomes a dead letter.
 *
 * An ask whose message is dropped ends with `overloaded`.
 */
export type Overflow = "reject" | "dropOldest" | "dropNewest";

/** The order of lanes: a message is handled before all waiting ones of a lower priority. */
export type Priority = "high" | "normal" | "low";

/** How many messages may wait for an actor: `static mailbox` of its class, or an option of its spawn. */
export interface MailboxOptions {
  /** Messages that may wait, all priorities together. 1 or more. Default 1 000 000, so that a runaway sender is told before memory ends. */
  readonly capacity?: number;
  /**
   * Bytes of waiting messages that came from other nodes, as they travelled; at half of it their senders are held back where they
   * await `ready()`. 1 or more. Default 64 MiB. Messages of the own node share what they hold with their sender, and are not counted.
   */
  readonly capacityBytes?: number;
  /** Default `reject`. */
  readonly overflow?: Overflow;
}

/** A checked {@link MailboxOptions}. */
export type MailboxLimits = Required<MailboxOptions>;

/** What a mailbox may be given. */
export const mailboxTable: OptionTable<MailboxOptions> = new OptionTable<MailboxOptions>("mailbox", {
  capacity: wholeNumber({ min: 1 }),
  capacityBytes: wholeNumber({ min: 1 }),
  overflow: oneOf("reject", "dropOldest", "dropNewest"),
});

/** The limits of an actor whose class says nothing. */
export const mailboxLimitsDefault: MailboxLimits = {
  capacity: 1_000_000,
  capacityBytes: 64 * 1024 * 1024,
  overflow: "reject",
};

/** Fills in defaults. @throws ActorError `invalidOption`. */
export function mailboxLimits(options: MailboxOptions | undefined): MailboxLimits {
  if (options === undefined) return mailboxLimitsDefault;
  mailboxTable.check(options);
  const { capacity, capacityBytes, overflow } = mailboxLimitsDefault;
  return {
    capacity: options.capacity ?? capacity,
    capacityBytes: options.capacityBytes ?? capacityBytes,
    overflow: options.overflow ?? overflow,
  };
}
