import { isError } from "../realm/native-class.ts";
import type { LogLevel } from "../runtime/log.ts";
import { type ErrorReport, reportError } from "./error-report.ts";
import { escapeText, shortenText } from "./escape-text.ts";
import { fieldsMax, type LineOptions, type LogEntry, valueCharactersMax } from "./log-entry.ts";
import { showValue, textOf } from "./show-value.ts";
import { widthOf, wrapWords } from "./wrap-words.ts";

/** Settings of {@link terminalLines}. */
export interface TerminalOptions extends LineOptions {
  readonly hasColour: boolean;
  /** Characters that fit beside each other. Default 80. */
  readonly columns?: number | undefined;
  /** How times are shown. Default: the time of day. */
  readonly clock?: (time: number) => string;
}

/** Below the event: behind the time and the level. */
const indent = " ".repeat(15);
/** Nobody reads on a narrower terminal. */
const columnsMin = 40;
/** Lines of one event. */
const linesMax = 60;

const levelColour: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

/**
 * An event for somebody who looks at a terminal: time of day, level, what happened, the fields; then the sentences of the fields
 * `why` and `advice`, and errors with their places. Lines that follow the first one are indented, so no text within an event
 * can pass for another one.
 */
export function terminalLines({ time, level, event, fields }: LogEntry, options: TerminalOptions): string {
  const paint = options.hasColour ? painted : plainly;
  const head = `${paint(90, (options.clock ?? timeOfDay)(time))} ${paint(levelColour[level], level.padEnd(5))} `;
  const words = [paint(level === "info" || level === "debug" ? 0 : 1, escapeText(event))];
  const sentences: string[] = [];
  const errors: string[] = [];
  const columns = columnsOf(options) - indent.length;
  for (const [key, value] of Object.entries(fields).slice(0, fieldsMax)) {
    if (value === undefined) continue;
    if (isError(value)) errors.push(...errorLines(reportError(value, options.directory), paint, columns));
    else if (key === "why" || key === "advice") sentences.push(sentence(value, key === "why" ? "" : "→ "));
    else words.push(`${paint(90, `${escapeText(key)}=`)}${showValue(value)}`);
  }
  const lines = wrapWords(words, { columns, space: "  " });
  const [only = "", ...others] = sentences;
  // A short reason needs no line of its own.
  const short = `${lines[0]} – ${only}`;
  const isShort = only !== "" && others.length === 0 && lines.length === 1 && widthOf(short) <= columns;
  const below = isShort ? [] : sentences.flatMap((each) => wrapWords(each.split(" "), { columns, space: " " }));
  return head + [...(isShort ? [short] : lines), ...below, ...errors.slice(0, linesMax)].join(`\n${indent}`);
}

/** A terminal that has not been told its size, as in some containers, says 0. */
function columnsOf({ columns = 0 }: TerminalOptions): number {
  return columns < columnsMin ? 80 : columns;
}

function sentence(value: unknown, mark: string): string {
  return mark + escapeText(shortenText(textOf(value), valueCharactersMax));
}

function errorLines({ title, frames, causes }: ErrorReport, paint: Paint, columns: number): string[] {
  const lines = title
    .split("\n")
    .flatMap((line) => wrapWords(escapeText(line).split(" "), { columns, space: " " }))
    .map((line) => paint(31, line));
  for (const frame of frames.shown) lines.push(`  at ${escapeText(frame)}`);
  if (frames.internal > 0)
    lines.push(paint(90, `  … ${frames.internal} internal frame${frames.internal > 1 ? "s" : ""}`));
  for (const { relation, report } of causes) {
    const [first = "", ...rest] = errorLines(report, paint, columns - relation.length - 4);
    lines.push(`  ${relation}: ${first}`, ...rest.map((line) => `  ${line}`));
  }
  return lines;
}

type Paint = (colour: number, text: string) => string;

const escapeCharacter = String.fromCharCode(27);

function painted(colour: number, text: string): string {
  return colour === 0 ? text : `${escapeCharacter}[${colour}m${text}${escapeCharacter}[0m`;
}

function plainly(_colour: number, text: string): string {
  return text;
}

function timeOfDay(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
