import { type ErrorWithin, errorsWithin } from "../realm/errors-within.ts";
import { isError } from "../realm/native-class.ts";
import { describeExit, type ExitReason, showThrown } from "../signal/exit-reason.ts";
import { shortenText } from "./escape-text.ts";
import { type StackFrames, stackFrames } from "./stack-frames.ts";

/** What a log says of an error, and of those that it came of. */
export interface ErrorReport {
  /** Name, code and message; may have several lines. */
  readonly title: string;
  readonly frames: StackFrames;
  readonly causes: readonly Cause[];
}

/** An error within another one. */
interface Cause {
  /** How it belongs there: `cause`, or `1 of 3`. */
  readonly relation: string;
  readonly report: ErrorReport;
}

const titleCharactersMax = 2_000;
const stackCharactersMax = 32_768;
/** Errors that one report tells of, with all their causes. */
const errorsMax = 8;
const noFrames: StackFrames = { shown: [], internal: 0 };

/** Tells of `error`. Never throws: an error is the program's, and reading it may do anything. */
export function reportError(error: unknown, directory: string): ErrorReport {
  return report(error, directory, new Set());
}

/**
 * As {@link describeExit}, with what the error came of: for those who are told of it in words, and see neither it nor the log.
 * `TypeError: fetch failed` alone says nothing, for example.
 */
export function describeExitWithCauses(reason: ExitReason): string {
  const titles = [describeExit(reason)];
  const addCauses = ({ causes }: ErrorReport): void => {
    for (const cause of causes) {
      if (!titles.some((title) => title.includes(cause.report.title))) titles.push(cause.report.title);
      addCauses(cause.report);
    }
  };
  addCauses(reportError(reason, ""));
  return titles.join(", because of ");
}

function report(error: unknown, directory: string, seen: Set<unknown>): ErrorReport {
  seen.add(error);
  if (!isError(error)) return { title: titleOf(error), frames: noFrames, causes: [] };
  const frames = framesOf(error, directory);
  const causes: Cause[] = [];
  const add = (relation: string, inner: unknown): void => {
    if (seen.size < errorsMax && !seen.has(inner)) causes.push({ relation, report: report(inner, directory, seen) });
  };
  for (const part of partsOf(error)) add(part.relation, part.error);
  const cause = read(error, "cause");
  const title = titleOf(error);
  // A thrown value that is no error is the cause of the one that says so.
  if (cause !== undefined && (isError(cause) || !title.endsWith(showThrown(cause)))) add("cause", cause);
  return { title, frames, causes };
}

/** Behind the message: a line of that may look like a frame, and it may be longer than all that is looked at. */
function framesOf(error: Error, directory: string): StackFrames {
  const [stack, message] = [read(error, "stack"), read(error, "message")];
  if (typeof stack !== "string") return noFrames;
  const at = typeof message === "string" && message !== "" ? stack.indexOf(message) : -1;
  const from = at === -1 ? 0 : at + (message as string).length;
  return stackFrames(stack.slice(from, from + stackCharactersMax), directory);
}

function partsOf(error: Error): readonly ErrorWithin[] {
  try {
    return errorsWithin(error, errorsMax);
  } catch {
    return [];
  }
}

function titleOf(error: unknown): string {
  const title = shortenText(showThrown(error), titleCharactersMax);
  const code = isError(error) ? read(error, "code") : undefined;
  // A DOMException's number says less than its name.
  if (isError(error) && typeof code === "number" && error instanceof DOMException) return title;
  // Node's own errors have the code in their name or message already.
  if ((typeof code !== "string" && typeof code !== "number") || title.includes(String(code))) return title;
  return `${title} (${shortenText(String(code), 64)})`;
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
