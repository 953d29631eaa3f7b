import { checkValue, type OptionRule, optionRule } from "@foundation/actor/spi";
import { isNodeId } from "@foundation/transport";

/** What can be the id of a node. */
export const nodeIdRule: OptionRule = optionRule.rule("1 to 128 of A-Z a-z 0-9 . _ -", isNodeId);

const incarnationRule = optionRule.wholeNumber({ min: 0 });

/** Refuses what no node can have as its id. @throws ActorError `invalidOption`. */
export function checkNodeId(nodeId: unknown): void {
  checkValue("the node's id", nodeId, nodeIdRule);
}

/** Refuses what is no life of a node. @throws ActorError `invalidOption`. */
export function checkLife(nodeId: unknown, incarnation: unknown): void {
  checkNodeId(nodeId);
  checkValue("the node's incarnation", incarnation, incarnationRule);
}
