import type { DeadLetter } from "../message/dead-letter.ts";
import { callback, listOf, text } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { runtimeRule } from "../runtime/runtime-rule.ts";

/** A supervisor that ends because its children end too often, see {@link ActorSystemOptions.onGiveUp}. */
export interface GiveUp {
  /** Its class and label. */
  readonly supervisor: string;
  /** Which child ended how often, and for what reason at last. */
  readonly why: string;
}

/** Settings of an {@link ActorSystem}. */
export interface ActorSystemOptions {
  /** Names the system in labels and logs. Default `local`. */
  readonly name?: string;
  readonly runtime?: Runtime;
  /**
   * Copies a value the way a trip to another node would, and throws for values that cannot make it. When given, local
   * messages pass through it, so that tests notice what only works inside one process.
   */
  readonly simulateRemote?: ((value: unknown) => unknown) | undefined;
  /** The channels to other nodes, which classes and calls may name. Default: any. */
  readonly channels?: readonly string[] | undefined;
  /** Told of every message that could not be delivered. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /** Told when a supervisor without a parent gives up: nothing is left that starts its children again. */
  readonly onGiveUp?: ((giveUp: GiveUp) => void) | undefined;
}

/** What an actor system may be given. */
export const systemTable: OptionTable<ActorSystemOptions> = new OptionTable<ActorSystemOptions>("ActorSystem", {
  name: text,
  runtime: runtimeRule,
  simulateRemote: callback,
  channels: listOf(text),
  onDeadLetter: callback,
  onGiveUp: callback,
});
