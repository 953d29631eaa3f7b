import { LineBudget } from "../log/line-budget.ts";
import { RepeatedEvents } from "../log/repeated-events.ts";
import type { Log, LogFields } from "../runtime/log.ts";
import { describeExit, type ExitReason } from "../signal/exit-reason.ts";
import { crashFields } from "./crash-report.ts";

/** Lines of crashes at once, and in each minute after that, beside the first of each class. */
const linesAMinute = 100;

/** An abnormal end that is to be told of. */
export interface Crash {
  /** The event, such as `actor crashed`. */
  readonly event: string;
  /** The class that failed. */
  readonly className: string;
  readonly reason: ExitReason;
  /** Default `error`; `warn` where no code has failed. */
  readonly level?: "error" | "warn";
  /** What else is known. */
  readonly fields?: LogFields;
  /** The actor that ended, as an object for {@link crashFields}. */
  readonly actor?: object | undefined;
}

/**
 * Logs abnormal ends at level `error` or `warn`: the first of each event and class in a minute, and 100 others. Those beyond that are logged at level
 * `debug`, and a line a minute says so: what crashes with every message would fill disks.
 */
export class CrashLog {
  readonly #log: Log;
  readonly #subjects: RepeatedEvents;
  readonly #budget: LineBudget;
  /** Crashes without a line since the last one that said so. */
  #leftOut = 0;

  /** @param now monotonic milliseconds. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#subjects = new RepeatedEvents(now);
    this.#budget = new LineBudget(now, linesAMinute);
  }

  /** @param log with the fields of those that tell of it. */
  tell(log: Log, { event, className, reason, level = "error", fields = {}, actor }: Crash): void {
    if (this.#isAdmitted(`${event} ${className}`)) log[level](event, { ...fields, ...crashFields(reason, actor) });
    else log.debug(event, { ...fields, reason: describeExit(reason) });
  }

  #isAdmitted(subject: string): boolean {
    if (this.#subjects.admit(subject) !== undefined) return true;
    if (this.#budget.hasRoom) {
      this.#budget.spend();
      return true;
    }
    this.#leftOut++;
    if (this.#subjects.admit("further") === undefined) return false;
    const why = "there are many; each has a line at level debug";
    this.#log.error("further actors crash", { more: this.#leftOut, why });
    this.#leftOut = 0;
    return false;
  }
}
