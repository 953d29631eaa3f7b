import { isError } from "../realm/native-class.ts";
import { type ErrorReport, reportError } from "./error-report.ts";
import { escapeText } from "./escape-text.ts";
import { fieldsMax, type LineOptions, type LogEntry } from "./log-entry.ts";
import { showValue } from "./show-value.ts";

/** One line of `key=value` pairs, as Heroku and Go's slog write them. Errors are followed by where they were thrown. */
export function logfmtLine({ time, level, event, fields }: LogEntry, { directory }: LineOptions): string {
  const pairs = [`time=${new Date(time).toISOString()}`, `level=${level}`, `event=${showValue(event)}`];
  for (const [key, value] of Object.entries(fields).slice(0, fieldsMax)) {
    if (value === undefined) continue;
    const name = escapeText(key.replace(/[\s="]/g, "_"));
    if (isError(value)) pairs.push(...errorPairs(name, reportError(value, directory)));
    else pairs.push(`${name}=${showValue(value)}`);
  }
  return pairs.join(" ");
}

function errorPairs(name: string, { title, frames, causes }: ErrorReport): string[] {
  const pairs = [`${name}=${showValue(title)}`];
  if (frames.shown.length > 0) pairs.push(`${name}At=${showValue(frames.shown.join(" < "))}`);
  for (const { relation, report } of causes) {
    const [which = ""] = relation.split(" ");
    pairs.push(...errorPairs(`${name}${which.charAt(0).toUpperCase()}${which.slice(1)}`, report));
  }
  return pairs;
}
