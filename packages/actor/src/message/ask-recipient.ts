import type { CallOptions } from "./call-options.ts";
import type { Recipient } from "./recipient.ts";
import { PendingReply } from "./reply.ts";

/** Asks by the name of a method: what `ref.ask` does, for code that does not know the class. */
export function askRecipient(
  recipient: Recipient,
  method: string,
  args: readonly unknown[],
  options?: CallOptions,
): Promise<unknown> {
  const pending = new PendingReply(recipient, method, options);
  // One whose signal is aborted already goes nowhere: another node would handle it, and its answer be waited for.
  if (!pending.isSettled) recipient.request(method, args, options, pending);
  return pending.promise;
}
