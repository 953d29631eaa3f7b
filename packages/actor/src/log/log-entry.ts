import type { LogEvent } from "../runtime/log.ts";

/** A log event with its time, as it is printed. */
export interface LogEntry extends LogEvent {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** Settings of what makes lines of events. */
export interface LineOptions {
  /** Paths below this directory are shown relative to it. */
  readonly directory: string;
}

/** Fields of one event that are printed; further ones are left out. */
export const fieldsMax = 32;
/** Characters of one value. */
export const valueCharactersMax = 1_000;
