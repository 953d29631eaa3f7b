import { type ErrorWithin, errorsWithin } from "../realm/errors-within.ts";
import { isError } from "../realm/native-class.ts";
import { showThrown } from "../signal/exit-reason.ts";
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
export interface Cause {
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

function report(error: unknown, directory: string, seen: Set<unknown>): ErrorReport {
  seen.add(error);
  if (!isError(error)) return { title: titleOf(error), frames: noFrames, causes: [] };
  const stack = read(error, "stack");
  const frames = typeof stack === "string" ? stackFrames(stack.slice(0, stackCharactersMax), directory) : noFrames;
  const causes: Cause[] = [];
  const add = (relation: string, inner: unknown): void => {
    if (seen.size < errorsMax && !seen.has(inner)) causes.push({ relation, report: report(inner, directory, seen) });
  };
  for (const part of partsOf(error)) add(part.relation, part.error);
  const cause = read(error, "cause");
  if (cause !== undefined) add("cause", cause);
  return { title: titleOf(error), frames, causes };
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
