import { currentExecution } from "../actor/execution.ts";
import type { CallOptions } from "./call-options.ts";
import { askTimeoutMsDefault } from "./timeouts.ts";

/** Milliseconds that a call may take. One within a handler waits no longer than that handler's own asker does. */
export function callTimeoutMs(options: CallOptions | undefined): number {
  const ownMs = options?.timeoutMs ?? askTimeoutMsDefault;
  const asker = currentExecution()?.envelope?.replyTo;
  return asker === undefined ? ownMs : Math.min(ownMs, asker.timeLeftMs());
}
