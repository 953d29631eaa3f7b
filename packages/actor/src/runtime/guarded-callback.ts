import { isThenable, whenSettled } from "../actor/thenable.ts";
import { reasonFrom } from "../signal/exit-reason.ts";
import type { Log } from "./log.ts";

const nothing = (): void => {};

/** A callback of the program, for the line in the log. */
export interface GuardedCallback {
  /** What it was called for: an event, an option. */
  readonly event: string;
  /** The callback; its name tells it from others. */
  readonly listener: { readonly name: string };
}

/**
 * Calls a callback of the program. What it throws, or rejects with later, is logged with its name, and harms nobody else.
 *
 * @param call calls it; a promise that it returns is watched, and not waited for.
 */
export function callGuarded(log: Log, { event, listener }: GuardedCallback, call: () => unknown): void {
  const failed = (error: unknown): void =>
    log.error("a listener threw", { event, listener: listener.name || "anonymous", error: reasonFrom(error) });
  try {
    const result = call();
    if (isThenable(result)) whenSettled(result, nothing, failed);
  } catch (error) {
    failed(error);
  }
}
