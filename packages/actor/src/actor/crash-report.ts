import { ActorError } from "../errors.ts";
import type { StormLog } from "../log/storm-log.ts";
import { isError, isInstance } from "../realm/native-class.ts";
import type { Log, LogFields } from "../runtime/log.ts";
import { describeExit, type ExitReason, reasonFrom } from "../signal/exit-reason.ts";
import { isExpectedEnd } from "../signal/expected-end.ts";

/** What is known of a crash besides its error. */
interface CrashNote {
  /** The method or hook that failed. */
  readonly in?: string;
  /** How it came to this, where the error itself does not say so. */
  readonly why?: string;
}

/** An actor that has ended. */
interface EndedActor {
  readonly log: Log;
  readonly protocol: { readonly className: string };
  readonly system: { readonly storms: StormLog };
}

/** Ends that another actor's brought with it, by the objects that ended. */
const dragged = new WeakSet<object>();
const notes = new WeakMap<Error, CrashNote>();
/** The method or hook in which actors have failed: several may fail with one error, each in its own. */
const places = new WeakMap<object, string>();
/** Whose exit signal ended actors, where nothing else tells of it. */
const senders = new WeakMap<object, string>();
/** Errors that a log has shown with their place. */
const told = new WeakSet<Error>();

/** Keeps what is known of `error`, with which `actor` has failed, for the events that will tell of it. What was known first stays. */
export function noteCrash(error: Error, actor: object, note: CrashNote): void {
  notes.set(error, { ...note, ...notes.get(error) });
  if (note.in !== undefined) places.set(actor, note.in);
}

/**
 * Why an actor ends whose code threw `error`: what fails because the system stops is no crash.
 *
 * @param actor whose code it was, as an object for {@link crashFields}.
 * @param where the method or hook that ran, when it is known.
 */
export function crashReason(error: unknown, actor: object, where?: string): ExitReason {
  if (isExpectedEnd(error)) return "shutdown";
  const reason = reasonFrom(error);
  if (where !== undefined) noteCrash(reason, actor, { in: where });
  return reason;
}

/** Tells of an error of an actor that has ended: nobody is left whom it could end or be told to. */
export function tellAfterEnd({ log, protocol, system }: EndedActor, error: unknown): void {
  if (isExpectedEnd(error)) return;
  const event = "an error of an actor that has ended";
  const fields = crashFields(reasonFrom(error));
  system.storms.tell(log, { level: "warn", event, subject: protocol.className, fields });
}

/**
 * `actor` ends by an exit signal that somebody's code has sent, or because it linked itself to one that had ended: nobody crashes with
 * it who would be told of.
 *
 * @param why in the words of a log.
 */
export function noteSignalled(actor: object, why: string): void {
  senders.set(actor, why);
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
 *
 * @param actor the one that ended, where it is at hand: the error may have come to it from another one.
 */
export function crashFields(reason: ExitReason, actor?: object): LogFields {
  const cause = causeOf(reason);
  const own = actor === undefined ? {} : notesOf(actor);
  if (!isError(cause)) return { ...own, reason: describeExit(cause) };
  if (told.has(cause)) return { ...own, reason: describeExit(cause) };
  told.add(cause);
  return { ...notes.get(cause), ...own, error: cause };
}

function notesOf(actor: object): Partial<CrashNote> {
  const [place, why] = [places.get(actor), senders.get(actor)];
  return { ...(place !== undefined && { in: place }), ...(why !== undefined && { why }) };
}

/** What went wrong, rather than that a start failed because of it. */
function causeOf(reason: ExitReason): ExitReason {
  if (!(isInstance(reason, ActorError) && reason.code === "startFailed")) return reason;
  const { cause } = reason;
  return isError(cause) ? causeOf(cause) : reason;
}
