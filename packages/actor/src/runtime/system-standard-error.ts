import { writeSync } from "node:fs";
import { jsonLine } from "../log/json-line.ts";
import type { LogEntry } from "../log/log-entry.ts";
import { logfmtLine } from "../log/logfmt-line.ts";
import { terminalLines } from "../log/terminal-lines.ts";
import { fields, oneOf } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import { BoundedOutput } from "./bounded-output.ts";
import { createLog, type Log, type LogFields, type LogLevel, logLevelRule } from "./log.ts";
import { systemFunctions } from "./system-functions.ts";

// A log has real times, and is not held up, beside fake timers.
const { setTimeout, wallTime } = systemFunctions;

/** How log events are printed: `text` is several lines with colours on a terminal, one line of logfmt elsewhere. */
export type LogFormat = "text" | "json";

/** Settings of {@link standardErrorLog}. */
export interface StandardErrorOptions {
  /** The lowest level that is printed. Default `info`. */
  readonly level?: LogLevel;
  /** Default `text`. */
  readonly format?: LogFormat;
  /** Fields of every line that does not go to a terminal, where many processes may write to one place. Default: none. */
  readonly context?: LogFields;
}

const optionTable = new OptionTable<StandardErrorOptions>("standardErrorLog", {
  level: logLevelRule,
  format: oneOf("text", "json"),
  context: fields,
});

const descriptor = 2;

/** One for the process: what waits for a slow reader keeps its order. */
let output: BoundedOutput | undefined;

/**
 * A log that prints on standard error.
 *
 * It never throws, never waits and never keeps the process alive: lines that nobody reads, or that a full disk does not take, are
 * lost and counted. `NO_COLOR` and `FORCE_COLOR` are honoured; the latter also has terminal lines where there is no terminal.
 *
 * @throws ActorError `invalidOption`.
 */
export function standardErrorLog(given: StandardErrorOptions = {}): Log {
  optionTable.check(given);
  const { level = "info", format = "text", context = {} } = given;
  const options = { directory: currentDirectory(), hasColour: hasColour() };
  const isTerminal = process.stderr.isTTY === true || isForced();
  const line = (entry: LogEntry): string => {
    const whole = { ...entry, fields: { ...context, ...entry.fields } };
    if (format === "json") return jsonLine(whole, options);
    if (!isTerminal) return logfmtLine(whole, options);
    return terminalLines(entry, { ...options, columns: process.stderr.columns });
  };
  output ??= standardErrorOutput(({ lines, time }) =>
    line({
      time,
      level: "warn",
      event: "log lines were lost",
      fields: { lines, why: "standard error did not take them" },
    }),
  );
  const out = output;
  return createLog((event) => out.write(`${line({ ...event, time: wallTime() })}\n`), level);
}

/** Paths are shown as they are where the current directory was removed. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function standardErrorOutput(describeLoss: (loss: { lines: number; time: number }) => string): BoundedOutput {
  const out = new BoundedOutput({
    write: writeToStandardError,
    later: (delayMs, callback) => void setTimeout(callback, delayMs).unref(),
    describeLoss: (lines) => `${describeLoss({ lines, time: wallTime() })}\n`,
  });
  process.on("exit", () => out.flush());
  return out;
}

/** @returns how many bytes were taken. @throws what the system says, `EAGAIN` when the reader is slow. */
function writeToStandardError(bytes: Uint8Array): number {
  const { stderr } = process;
  // Process managers and test runners put their own function there.
  if (Object.hasOwn(stderr, "write")) {
    stderr.write(bytes);
    return bytes.length;
  }
  // Not through the stream: what waits in it has no limit, keeps the process alive, and its errors end it. That it exists has
  // made the descriptor of a pipe non-blocking, so that this returns.
  return writeSync(descriptor, bytes);
}

function isForced(): boolean {
  const { FORCE_COLOR: forced } = process.env;
  return forced !== undefined && forced !== "0" && forced !== "false";
}

function hasColour(): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none = "", TERM: terminal } = process.env;
  if (forced !== undefined) return isForced();
  return none === "" && process.stderr.isTTY === true && terminal !== "dumb";
}
