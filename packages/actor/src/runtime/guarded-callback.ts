import { isThenable, whenSettled } from "../actor/thenable.ts";
import type { StormLog } from "../log/storm-log.ts";
import { reasonFrom } from "../signal/exit-reason.ts";

const nothing = (): void => {};

/** A callback of the program, for the line in the log. */
export interface GuardedCallback {
  /** What it was called for: an event, an option. */
  readonly event: string;
  /** The callback; its name tells it from others. */
  readonly listener: { readonly name: string };
}

/**
 * Calls a callback of the program. What it throws, or rejects with later, is logged with its name, and harms nobody else. One that
 * fails each time it is called has a limited number of lines.
 *
 * @param call calls it; a promise that it returns is watched, and not waited for.
 */
export function callGuarded(storms: StormLog, { event, listener }: GuardedCallback, call: () => unknown): void {
  const failed = (error: unknown): void => {
    const name = listener.name || "anonymous";
    const fields = { event, listener: name, error: reasonFrom(error) };
    storms.tell(storms.log, { level: "error", event: "a listener threw", subject: `${event} ${name}`, fields });
  };
  try {
    const result = call();
    if (isThenable(result)) whenSettled(result, nothing, failed);
  } catch (error) {
    failed(error);
  }
}
