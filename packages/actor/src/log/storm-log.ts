import type { Log, LogFields } from "../runtime/log.ts";
import { LineBudget } from "./line-budget.ts";
import { RepeatedEvents } from "./repeated-events.ts";

/** Lines of each event at once, and in each minute after that, beside the first of each subject. */
const linesAMinute = 100;

/** What happens to one of many: actors that are killed, names that are lost. */
export interface StormEvent {
  readonly level: "error" | "warn";
  /** A text of the code's own, so that there are few of them. */
  readonly event: string;
  /** What it is about, where the first line of each in a minute tells more than a hundred of one: a class, a node. */
  readonly subject: string;
  readonly fields: LogFields;
}

/**
 * Logs what may happen to thousands in one moment: the first event of each subject in a minute, and 100 others. Those beyond that are logged
 * at level `debug`, and a line a minute says so. Otherwise a stop that takes too long, or two halves of a cluster that meet, fill disks.
 */
export class StormLog {
  /** Of the whole: for events of nothing that has fields of its own. */
  readonly log: Log;
  readonly #now: () => number;
  readonly #subjects: RepeatedEvents;
  readonly #budgets = new Map<string, LineBudget>();
  /** Events without a line since the last one that said so. */
  readonly #leftOut = new Map<string, number>();

  /** @param now monotonic milliseconds. */
  constructor(log: Log, now: () => number) {
    this.log = log;
    this.#now = now;
    this.#subjects = new RepeatedEvents(now);
  }

  /** @param log with the fields of those that tell of it. */
  tell(log: Log, { level, event, subject, fields }: StormEvent): void {
    if (this.#isAdmitted(event, subject)) log[level](event, fields);
    else log.debug(event, fields);
  }

  #isAdmitted(event: string, subject: string): boolean {
    if (this.#subjects.admit(`${event}: ${subject}`) !== undefined) return true;
    let budget = this.#budgets.get(event);
    if (budget === undefined) this.#budgets.set(event, (budget = new LineBudget(this.#now, linesAMinute)));
    if (budget.hasRoom) {
      budget.spend();
      return true;
    }
    const more = (this.#leftOut.get(event) ?? 0) + 1;
    const isToTell = this.#subjects.admit(`further: ${event}`) !== undefined;
    this.#leftOut.set(event, isToTell ? 0 : more);
    const why = "there are many; each has a line at level debug";
    if (isToTell) this.log.warn("further events are left out", { of: event, more, why });
    return false;
  }
}
