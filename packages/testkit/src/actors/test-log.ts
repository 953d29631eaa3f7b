import type { LogEvent, LogLevel } from "@foundation/actor";
import { terminalLines } from "@foundation/actor/spi";

/** Lines kept for the report of a failed wait. */
const linesMax = 1_000;

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

  add(event: LogEvent): void {
    const clock = (time: number): string => `${time.toFixed(1)} ms`;
    const options = { directory: process.cwd(), hasColour: false, columns: 120, clock };
    const line = terminalLines({ ...event, time: this.#now() }, options);
    this.#lines.push(line);
    if (this.#lines.length > 2 * linesMax) this.#lines.splice(0, linesMax);
    if (severity[event.level] >= severity[this.#minimum]) this.#print(line);
  }
}
