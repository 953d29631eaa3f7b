import { type AnyMessage, showMessage } from "./probe-message.ts";

/** Messages kept after they were expected or ignored, for reports. */
const historyMax = 20;
/** Messages that a report lists. */
const listedMax = 10;

interface Arrived {
  readonly atMs: number;
  readonly message: AnyMessage;
}

/** What a probe has received: first in, first out, bounded; and what it had received before that, for reports. */
export class MessageQueue {
  readonly #limit: number;
  readonly #queue: Arrived[] = [];
  readonly #history: Arrived[] = [];
  #dropped = 0;

  /** @param limit messages that wait to be expected, at most; further ones are dropped and counted. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Messages that found no place. */
  get dropped(): number {
    return this.#dropped;
  }

  get messages(): AnyMessage[] {
    return this.#queue.map(({ message }) => message);
  }

  push(message: AnyMessage, atMs: number): void {
    if (this.#queue.length >= this.#limit) this.#dropped++;
    else this.#queue.push({ atMs, message });
  }

  peek(): AnyMessage | undefined {
    return this.#queue[0]?.message;
  }

  /** Removes the first `count` messages. */
  take(count: number): AnyMessage[] {
    const taken = this.#queue.splice(0, count);
    this.#history.push(...taken.slice(-historyMax));
    if (this.#history.length > historyMax) this.#history.splice(0, this.#history.length - historyMax);
    return taken.map(({ message }) => message);
  }

  /** Removes those for which `isMeant` holds. */
  remove(isMeant: (message: AnyMessage) => boolean): void {
    const kept = this.#queue.filter(({ message }) => !isMeant(message));
    this.#queue.splice(0, this.#queue.length, ...kept);
  }

  /** What waits and what was taken before, as lines of a report. */
  describe(): string {
    const waiting = list(this.#queue.slice(0, listedMax), this.#queue.length);
    const before = list(this.#history.slice(-listedMax), this.#history.length);
    const lines = waiting.length > 0 ? ["received and not yet expected:", ...waiting] : ["nothing else has arrived"];
    if (before.length > 0) lines.push("expected before:", ...before);
    if (this.#dropped > 0) lines.push(`dropped: ${this.#dropped}, because ${this.#limit} messages waited already`);
    return lines.join("\n  ");
  }
}

function list(shown: readonly Arrived[], total: number): string[] {
  const lines = shown.map(({ atMs, message }) => `  at ${atMs.toFixed(1)} ms ${showMessage(message)}`);
  return total > shown.length ? [...lines, `  and ${total - shown.length} more`] : lines;
}
