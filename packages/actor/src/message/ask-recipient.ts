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
  recipient.request(method, args, options, pending);
  return pending.promise;
}
