import { withoutStack } from "../errors.ts";
import { textOf } from "../log/show-value.ts";
import { type OptionRule, rule } from "../options/option-rule.ts";
import { isError, isPlainObject } from "../realm/native-class.ts";

/**
 * Why an actor ended.
 *
 * An `Error` is a crash. `normal`, `shutdown` and `{ shutdown: detail }` are orderly ends; everything else is abnormal
 * and makes a supervisor restart a transient child.
 */
export type ExitReason =
  | "normal"
  | "shutdown"
  | { readonly shutdown: unknown }
  | "killed"
  | "noproc"
  | "noconnection"
  | "nodedown"
  | "timeout"
  | "nameConflict"
  | "handoff"
  | Error;

const namedReasons: ReadonlySet<unknown> = new Set<ExitReason>([
  "normal",
  "shutdown",
  "killed",
  "noproc",
  "noconnection",
  "nodedown",
  "timeout",
  "nameConflict",
  "handoff",
]);

/** What may be given as an {@link ExitReason}. */
export const exitReasonRule: OptionRule = rule(
  `an Error, { shutdown: detail }, ${[...namedReasons].join(", ")}`,
  (reason) => namedReasons.has(reason) || isError(reason) || (isPlainObject(reason) && "shutdown" in reason),
);

/** Whether `value` is one of the reasons that are words. */
export function isNamedReason(value: unknown): value is Extract<ExitReason, string> {
  return namedReasons.has(value);
}

/** Whether `reason` is neither `normal` nor a form of `shutdown`. */
export function isAbnormal(reason: ExitReason): boolean {
  if (isError(reason)) return true;
  return typeof reason === "string" && reason !== "normal" && reason !== "shutdown";
}

/** `reason` as one short line for logs. */
export function describeExit(reason: ExitReason): string {
  if (isError(reason)) return showThrown(reason);
  return typeof reason === "string" ? reason : "shutdown (with detail)";
}

/** What a thrown value means as an exit reason: an `Error` stays itself, anything else is wrapped in one. */
export function reasonFrom(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const text = `a value that is not an Error was thrown: ${showThrown(thrown)}`;
  // Where that was nobody knows: the place here would only lead astray.
  return withoutStack(() => new Error(text, { cause: thrown }));
}

/** `thrown` as text, whatever it is: even an object that has no way of becoming a string, or a bad one. */
export function showThrown(thrown: unknown): string {
  try {
    if (isError(thrown)) return titleOf(thrown);
    const text = typeof thrown === "function" || Object.getPrototypeOf(Object(thrown)) === null ? "" : String(thrown);
    return (text === "" && thrown !== "") || /^\[object .*\]$/.test(text) ? textOf(thrown) : text;
  } catch {
    return `a value (${typeof thrown}) that cannot be shown`;
  }
}

/** As errors themselves do it: neither half is there for nothing. */
function titleOf({ name, message }: Error): string {
  if (name === "" || message === "") return `${name}${message}`;
  return `${name}: ${message}`;
}
