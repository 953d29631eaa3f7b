import { inspect } from "node:util";
import { type ActorCell, isAbnormal, type LogEvent, type LogLevel } from "@foundation/actor";

/** Lines kept for the report of a failed wait. */
const linesMax = 1_000;
/** Lines of a crash's stack that are shown. */
const framesMax = 8;

const severity: Record<LogLevel | "silent", number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** What a test system logged: kept for reports, and printed from a level on. */
export class TestLog {
  readonly #now: () => number;
  readonly #print: (line: string) => void;
  readonly #minimum: LogLevel | "silent";
  readonly #lines: string[] = [];

  /** @param print receives what is to be seen while the test runs. */
  constructor(now: () => number, minimum: LogLevel | "silent", print: (line: string) => void) {
    this.#now = now;
    this.#minimum = minimum;
    this.#print = print;
  }

  /** The newest lines, at most `count`. */
  tail(count: number): string[] {
    return this.#lines.slice(-count);
  }

  add({ level, event, fields }: LogEvent): void {
    const context = Object.entries(fields).map(([key, value]) => `${key}=${showField(value)}`);
    this.#line(level, [event, ...context].join(" "));
  }

  /** An actor that crashed: which one, and where its error was thrown. */
  crash({ exitReason, protocol, label }: ActorCell): void {
    if (!(exitReason instanceof Error) || !isAbnormal(exitReason)) return;
    const [first = String(exitReason), ...frames] = (exitReason.stack ?? String(exitReason)).split("\n");
    const lines = [`${protocol.className} ${label} crashed: ${first}`, ...frames.slice(0, framesMax)];
    this.#line("error", lines.join("\n"));
  }

  #line(level: LogLevel, text: string): void {
    const line = `${this.#now().toFixed(1)} ms ${level} ${text}`;
    this.#lines.push(line);
    if (this.#lines.length > 2 * linesMax) this.#lines.splice(0, linesMax);
    if (severity[level] >= severity[this.#minimum]) this.#print(line);
  }
}

function showField(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "string" && /^\S+$/.test(value) ? value : inspect(value, { depth: 2, breakLength: 200 });
}
