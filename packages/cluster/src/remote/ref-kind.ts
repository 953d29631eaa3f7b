import type { ActorRef } from "@foundation/actor";
import { OptionTable, optionRule } from "@foundation/actor/spi";

/** A kind of refs that a part of the node makes (names, say), and how they travel. */
export interface RefKind {
  /** Whether `ref` is of this kind. */
  is(ref: ActorRef): boolean;
  /** What travels for it: anything that can be sent but an array, which stands for an actor. */
  encode(ref: ActorRef): unknown;
  /** The ref that `value` stands for; undefined when that is none of this kind. A peer may have sent anything. */
  decode(value: unknown): ActorRef | undefined;
}

const callback = optionRule.required(optionRule.callback);

/** What may be given as one. */
export const refKindTable: OptionTable<RefKind> = new OptionTable("refKind()", {
  is: callback,
  encode: callback,
  decode: callback,
});
