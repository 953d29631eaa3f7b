import { unknownChannel } from "../actor/actor-channels.ts";
import type { Priority } from "../mailbox/mailbox-options.ts";
import { milliseconds, oneOf, rule, text, wholeNumber } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import { streamWindowMax } from "../stream/stream.ts";
import { askTimeoutMsMax } from "./timeouts.ts";

/** What can be said about one call. */
export interface CallOptions {
  /**
   * Milliseconds until an ask fails with `timeout`, or a stream whose handler has not begun. Default 5 000, or what the
   * asker of the handler that asks is still willing to wait, when that is less.
   */
  readonly timeoutMs?: number;
  /** Ends an ask or a stream with the signal's reason; a message that still waits is then not handled. */
  readonly signal?: AbortSignal;
  /** Which messages of the same mailbox go first. Default `normal`. */
  readonly priority?: Priority;
  /**
   * The channel to other nodes. Default: what the actor's class names for the method, or for all, else the link's choice by
   * size. For actors of the same node it means nothing, but the node must have it all the same.
   */
  readonly channel?: string;
  /** Items of a stream that may be under way. 1 to 65 536. Default 64. */
  readonly window?: number;
}

const timeoutRule = milliseconds({ above: 0, max: askTimeoutMsMax });
const signalRule = rule(
  "an AbortSignal",
  (value) => typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value,
);
const priorityRule = oneOf("high", "normal", "low");
const windowRule = wholeNumber({ min: 1, max: streamWindowMax });

const callOptions = new OptionTable<CallOptions>("with()", {
  timeoutMs: timeoutRule,
  signal: signalRule,
  priority: priorityRule,
  channel: text,
  window: windowRule,
});

/**
 * Refuses options that no call can have, and channels that the node does not have.
 *
 * @param channels of the node; undefined where there are no other nodes, and any may be named.
 * @throws ActorError `invalidOption`.
 */
export function checkCallOptions(options: CallOptions, channels: ReadonlySet<string> | undefined): void {
  // The table finds out what is wrong, in three times the time that it takes to see that nothing is.
  if (!areRight(options)) callOptions.check(options);
  const { channel } = options;
  if (channel !== undefined && channels !== undefined && !channels.has(channel))
    callOptions.refuse(`channel is ${unknownChannel(channel, channels)}`);
}

/** The table's rules, unrolled: `with()` stands in loops. What is undefined is left to the table, too. */
function areRight(options: CallOptions): boolean {
  if (typeof options !== "object" || options === null) return false;
  for (const name in options) {
    if (!isRight(name, options)) return false;
  }
  return true;
}

function isRight(name: string, { timeoutMs, signal, priority, channel, window }: CallOptions): boolean {
  switch (name) {
    case "timeoutMs":
      return timeoutRule.fits(timeoutMs);
    case "signal":
      return signalRule.fits(signal);
    case "priority":
      return priorityRule.fits(priority);
    case "channel":
      return typeof channel === "string";
    case "window":
      return windowRule.fits(window);
    default:
      return false;
  }
}
