import { ActorError } from "../errors.ts";
import { isError, isInstance } from "../realm/native-class.ts";
import type { LogFields } from "../runtime/log.ts";
import { describeExit, type ExitReason, reasonFrom } from "../signal/exit-reason.ts";
import { isExpectedEnd } from "../signal/expected-end.ts";

/** What is known of a crash besides its error. */
export interface CrashNote {
  /** The method or hook that failed. */
  readonly in?: string;
  /** How it came to this, where the error itself does not say so. */
  readonly why?: string;
}

/** Ends that another actor's brought with it, by the objects that ended. */
const dragged = new WeakSet<object>();
const notes = new WeakMap<Error, CrashNote>();
/** Errors that a log has shown with their place. */
const told = new WeakSet<Error>();

/** Keeps what is known of `error` for the event that will tell of it. What was known first stays. */
export function noteCrash(error: Error, note: CrashNote): void {
  notes.set(error, { ...note, ...notes.get(error) });
}

/**
 * Why an actor ends whose code threw `error`: what fails because the system stops is no crash.
 *
 * @param where the method or hook that ran, when it is known.
 */
export function crashReason(error: unknown, where?: string): ExitReason {
  if (isExpectedEnd(error)) return "shutdown";
  const reason = reasonFrom(error);
  if (where !== undefined) noteCrash(reason, { in: where });
  return reason;
}

/** `actor` ends because one that it is linked to has ended: not an event of its own. */
export function noteDragged(actor: object): void {
  dragged.add(actor);
}

/** Whether {@link noteDragged} was said of `actor`. */
export function isDragged(actor: object): boolean {
  return dragged.has(actor);
}

/**
 * Why an actor ended, as fields of a log event. An error is shown with its place the first time; events that follow from it only
 * name it.
 */
export function crashFields(reason: ExitReason): LogFields {
  const cause = causeOf(reason);
  if (!isError(cause) || told.has(cause)) return { reason: describeExit(cause) };
  told.add(cause);
  return { ...notes.get(cause), error: cause };
}

/** What went wrong, rather than that a start failed because of it. */
function causeOf(reason: ExitReason): ExitReason {
  if (!(isInstance(reason, ActorError) && reason.code === "startFailed")) return reason;
  const { cause } = reason;
  return isError(cause) ? causeOf(cause) : reason;
}
