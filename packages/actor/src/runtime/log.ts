import { callback, type OptionRule, objectWith, oneOf } from "../options/option-rule.ts";
import { checkValue } from "../options/option-table.ts";

/**
 * How much a log event matters.
 *
 * - `error`: code of the program has failed, or something is given up and stays so.
 * - `warn`: have a look; the runtime goes on: a member died, a peer cannot be linked, a message reached nobody.
 * - `info`: what a person wants to see happen: nodes come and go, singletons start.
 * - `debug`: for those who look for the cause of something.
 */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured context of a log event: plain values, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Receives log events. `event` is a short, stable, lower-case phrase; what varies goes into `fields`.
 *
 * Fields of three kinds are shown in a way of their own: errors with their places and causes, `why` as a sentence that says how it
 * came to this, `advice` as one that says what to do.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** One log event, as a {@link LogSink} receives it. */
export interface LogEvent {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** Consumes log events, for example by printing or storing them. */
export type LogSink = (event: LogEvent) => void;

const severity: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log, as an option of others. */
export const logRule: OptionRule = objectWith("a Log", ...Object.keys(severity));

/** A level, as an option of others. */
export const logLevelRule: OptionRule = oneOf(...Object.keys(severity));

/**
 * Makes a {@link Log} that hands events of at least `minimum` level to `sink`.
 *
 * @param sink called synchronously; what it throws is dropped, because whatever logs has other things to do.
 * @param minimum the lowest level that is handed on. Default `"info"`.
 * @throws ActorError `invalidOption`.
 */
export function createLog(sink: LogSink, minimum: LogLevel = "info"): Log {
  checkValue("the sink of a log", sink, callback);
  checkValue("the minimum of a log", minimum, logLevelRule);
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (severity[level] >= severity[minimum]) guarded(() => sink({ level, event, fields }));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A {@link Log} that passes everything on to `log`, and drops what that one throws. */
export function guardLog(log: Log): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields?: LogFields): void =>
      guarded(() => log[level](event, fields));
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function guarded(write: () => void): void {
  try {
    write();
  } catch {
    // There is no place left to say so.
  }
}

/** A {@link Log} that adds `fields` to every event of `log`. */
export function withFields(log: Log, fields: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (event: string, more?: LogFields): void =>
      log[level](event, { ...fields, ...more });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A {@link Log} that drops everything. */
export const silentLog: Log = createLog(() => {});
