import { LineBudget } from "../log/line-budget.ts";
import { RepeatedEvents } from "../log/repeated-events.ts";
import type { Log, LogFields } from "../runtime/log.ts";
import type { DeadLetter, DeadLetterReason } from "./dead-letter.ts";

/** Why a message reached nobody, as a sentence. */
const why: Readonly<Record<DeadLetterReason, string>> = {
  noproc: "no such actor lives",
  overloaded: "its mailbox is full",
  noReceiver: "its class has no receive, which plain messages go to",
  nodedown: "its node is not linked",
  badMessage: "its class does not take it",
};

/** What is known of a dead letter's surroundings. */
export interface DeadLetterNotes {
  /** The class of the actor that it was meant for. */
  readonly className?: string;
  /** Says what to do about it; called only when a warning is written. */
  readonly advise?: () => string | undefined;
}

/**
 * Warns of messages that reached nobody: of the first of each sender's class, recipient's class or name, and method, once a
 * minute, and of 20 at once. The others are counted, and logged at level `debug`.
 */
export class DeadLetterLog {
  readonly #log: Log;
  readonly #subjects: RepeatedEvents;
  readonly #budget: LineBudget;

  /** @param now monotonic milliseconds. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#subjects = new RepeatedEvents(now);
    this.#budget = new LineBudget(now);
  }

  /** @param atWork the class of the actor at work, if one is. */
  add(letter: DeadLetter, atWork: string | undefined, { className, advise }: DeadLetterNotes): void {
    const { recipient, method, reason, sender: from = atWork } = letter;
    const fields: LogFields = { to: recipient, class: className, method, from };
    const subject = `${from} ${className ?? recipient} ${method} ${reason}`;
    const more = this.#budget.hasRoom ? this.#subjects.admit(subject) : this.#tellOfFurther();
    if (more === undefined) return this.#log.debug("dead letter", { ...fields, reason });
    this.#budget.spend();
    const seen = more > 0 ? { more } : {};
    this.#log.warn("message reached nobody", { ...fields, ...seen, why: why[reason], advice: advise?.() });
  }
  /** Names that a program makes up, one for each message, would fill the log. */
  #tellOfFurther(): undefined {
    if (this.#subjects.admit("further") === undefined) return;
    const why = "there are many; each has a line at level debug, and all are counted in system.deadLetters";
    this.#log.warn("further messages reached nobody", { why });
  }
}
