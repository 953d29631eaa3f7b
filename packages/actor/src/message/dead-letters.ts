import { classAtWork } from "../actor/execution.ts";
import type { StormLog } from "../log/storm-log.ts";
import { callGuarded } from "../runtime/guarded-callback.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { DeadLetter } from "./dead-letter.ts";
import { DeadLetterLog, type DeadLetterNotes } from "./dead-letter-log.ts";

/** Counts the messages of a system that reached nobody, logs them, and hands them to the program. */
export class DeadLetters {
  readonly #runtime: Pick<Runtime, "log" | "now">;
  readonly #storms: StormLog;
  readonly #log: DeadLetterLog;
  readonly #listener: ((letter: DeadLetter) => void) | undefined;
  #count = 0;

  /** @param listener told of each. @param storms told what it throws. */
  constructor(
    runtime: Pick<Runtime, "log" | "now">,
    storms: StormLog,
    listener: ((letter: DeadLetter) => void) | undefined,
  ) {
    this.#runtime = runtime;
    this.#storms = storms;
    this.#log = new DeadLetterLog(runtime.log, () => runtime.now());
    this.#listener = listener;
  }

  get count(): number {
    return this.#count;
  }

  add(letter: DeadLetter, notes: DeadLetterNotes): void {
    this.#log.add(letter, classAtWork(), notes);
    this.#tell(letter);
  }

  /** It waited for an actor when that ended: the log tells of that end already. */
  addLost(letter: DeadLetter): void {
    const { recipient: to, method, reason } = letter;
    this.#runtime.log.debug("dead letter", { to, method, reason });
    this.#tell(letter);
  }

  #tell(letter: DeadLetter): void {
    this.#count++;
    const listener = this.#listener;
    if (listener !== undefined) callGuarded(this.#storms, { event: "onDeadLetter", listener }, () => listener(letter));
  }
}
