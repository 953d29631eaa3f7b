/** How much a log event matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured context of a log event: plain values, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Receives log events. `event` is a short, stable, lower-case phrase; what varies goes into `fields`. */
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

/**
 * Makes a {@link Log} that hands events of at least `minimum` level to `sink`.
 *
 * @param sink called synchronously; it must not throw.
 * @param minimum the lowest level that is handed on. Default `"info"`.
 */
export function createLog(sink: LogSink, minimum: LogLevel = "info"): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (severity[level] >= severity[minimum]) sink({ level, event, fields });
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
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
