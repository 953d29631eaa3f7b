import { type OptionRule, optionRule } from "@foundation/actor";
import { isNodeId } from "@foundation/transport";

/** What can be the id of a node. */
export const nodeIdRule: OptionRule = optionRule.rule("1 to 128 of A-Z a-z 0-9 . _ -", isNodeId);
