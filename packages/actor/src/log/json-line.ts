import { isArray, isError } from "../realm/native-class.ts";
import { type ErrorReport, reportError } from "./error-report.ts";
import { escapeText, shortenText } from "./escape-text.ts";
import { fieldsMax, type LineOptions, type LogEntry, valueCharactersMax } from "./log-entry.ts";
import { textOf } from "./show-value.ts";

/** Elements of an array that are printed. */
const elementsMax = 100;

/** One JSON object on one line: `time`, `level`, `event`, and the fields beside them. */
export function jsonLine({ time, level, event, fields }: LogEntry, { directory }: LineOptions): string {
  // Without a prototype: keys may be called as they like.
  const line: Record<string, unknown> = Object.create(null);
  Object.assign(line, { time: new Date(time).toISOString(), level, event });
  for (const [key, value] of Object.entries(fields).slice(0, fieldsMax)) {
    if (value !== undefined) line[key in line ? `${key}_` : key] = jsonValue(value, directory);
  }
  // What JSON leaves as it is may still turn the direction of what follows.
  return escapeText(JSON.stringify(line));
}

function jsonValue(value: unknown, directory: string): unknown {
  if (isError(value)) return jsonError(reportError(value, directory));
  if (typeof value === "boolean" || value === null || (typeof value === "number" && Number.isFinite(value)))
    return value;
  if (isArray(value)) {
    return Array.from(value.slice(0, elementsMax), (each: unknown) =>
      typeof each === "object" && each !== null ? text(each) : jsonValue(each, directory),
    );
  }
  return text(value);
}

function text(value: unknown): string {
  return shortenText(textOf(value), valueCharactersMax);
}

function jsonError({ title, frames, causes }: ErrorReport): unknown {
  return {
    error: title,
    at: frames.shown,
    internalFrames: frames.internal,
    ...(causes.length === 0
      ? {}
      : { causes: causes.map(({ relation, report }) => ({ relation, ...(jsonError(report) as object) })) }),
  };
}
