import { type MailboxOptions, mailboxTable } from "../mailbox/mailbox-options.ts";
import { either, flag, infinite, list, milliseconds, oneOf, rule, wholeNumber } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";

/** Whose actors they are: the program's or the runtime's own. */
export type Guardian = "user" | "system";

/** What can be said about an actor when it is spawned. */
export interface SpawnOptions<Args extends unknown[]> {
  /** Arguments of the class's constructor. */
  readonly args?: Args;
  /** The fencing token of this start, see {@link ActorContext.epoch}. */
  readonly epoch?: number;
  /** How many messages may wait, instead of what the class says. */
  readonly mailbox?: MailboxOptions;
  /**
   * Milliseconds that `onStop` may take before the actor is killed, when it ends by itself. Default 5 000, infinite for
   * supervisors.
   */
  readonly stopMs?: number;
  /** Whether the actor and the one that spawns it are linked from the first moment. Default `false`. */
  readonly link?: boolean;
  /** `system` for actors of the runtime itself, which outlive those of the program when the system stops. Default `user`. */
  readonly guardian?: Guardian;
}

/** Settings of a spawn by supervisors and other code that looks after what it starts. */
export interface SupervisedSpawnOptions<Args extends unknown[]> extends SpawnOptions<Args> {
  /** The one that starts the actor logs its abnormal end, with what it knows besides. Default `false`: the actor does. */
  readonly isReported?: boolean;
}

/** What of a spawn's options concerns the cell. */
export type CellOptions = Pick<SupervisedSpawnOptions<unknown[]>, "epoch" | "mailbox" | "stopMs" | "isReported">;

/** The options of a spawn: optional unless the class's constructor needs arguments. */
export type SpawnArguments<Args extends unknown[]> = [] extends Args
  ? [options?: SpawnOptions<Args>]
  : [options: SpawnOptions<Args> & { readonly args: Args }];

/** What a spawn may be given, and what is often looked for there. */
interface SpawnTableOptions extends SupervisedSpawnOptions<unknown[]> {
  readonly name?: never;
}

/** Checks the options of a spawn. */
export const spawnTable: OptionTable<SpawnTableOptions> = new OptionTable<SpawnTableOptions>("spawn", {
  // Known here, so that a misspelt one gets the right advice in `node.spawn`, which takes it out before.
  name: rule("none here: node.spawn and registries give names", () => false),
  args: { ...list, takes: "arguments of the constructor" },
  epoch: wholeNumber({ min: 0 }),
  mailbox: mailboxTable.asRule(),
  stopMs: either(milliseconds(), infinite),
  link: flag,
  guardian: oneOf("user", "system"),
  isReported: { ...flag, isUnlisted: true },
});
