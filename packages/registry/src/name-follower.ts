import { OptionTable, optionRule } from "@foundation/actor/spi";
import type { NameOwner } from "./registry-events.ts";

/**
 * A part of the node that has to know who has which name. It is told before the program is, in the order in which names
 * change. A follower that throws is broken, and not guarded.
 */
export interface NameFollower {
  /** The name has an owner, or another one; of another one, after {@link freed}. */
  taken(owner: NameOwner): void;
  /** The name has this owner no more. */
  freed(owner: NameOwner): void;
  /** This node knows all names of another one: for the first time, or again on a new link. */
  synced(nodeId: string): void;
}

const callback = optionRule.required(optionRule.callback);

/** What may be given as one. */
export const nameFollowerTable: OptionTable<NameFollower> = new OptionTable("follow()", {
  taken: callback,
  freed: callback,
  synced: callback,
});
