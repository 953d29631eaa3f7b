import type { Runtime, Timer } from "./runtime/runtime.ts";

/** Something that has to happen unless it is cancelled in time. Intrusive node of a {@link Deadlines} list. */
export abstract class Expiring {
  /** @internal */ previous: Expiring | undefined;
  /** @internal */ next: Expiring | undefined;
  /** @internal */ list: DeadlineList | undefined;
  /** @internal Monotonic milliseconds. */
  expiresAt = 0;

  /** Called once when the deadline passes. */
  abstract expire(): void;

  /** Called once when the system stops before the deadline: there is nobody left who could keep it. */
  abandon(): void {
    this.expire();
  }
}

/** All deadlines of one duration, in order of arrival, which is also their order of expiry. */
class DeadlineList {
  readonly durationMs: number;
  first: Expiring | undefined;
  last: Expiring | undefined;

  constructor(durationMs: number) {
    this.durationMs = durationMs;
  }

  append(entry: Expiring): void {
    entry.previous = this.last;
    entry.next = undefined;
    entry.list = this;
    if (this.last) this.last.next = entry;
    else this.first = entry;
    this.last = entry;
  }

  remove(entry: Expiring): void {
    if (entry.previous) entry.previous.next = entry.next;
    else this.first = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.last = entry.previous;
    entry.previous = entry.next = entry.list = undefined;
  }
}

/** Distinct durations kept apart; further ones are rounded up to whole powers of two so that the table stays small. */
const listsMax = 64;

/**
 * Many deadlines behind one timer.
 *
 * Adding and cancelling are O(1) and arm no timer each: entries of one duration form a list that is sorted by itself
 * (timing wheels with one list per duration; Varghese and Lauck 1987, scheme 3, for the common case of few durations).
 */
export class Deadlines {
  readonly #runtime: Runtime;
  readonly #lists = new Map<number, DeadlineList>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #size = 0;
  #disarming = false;
  #isClosed = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Calls `entry.expire()` after `durationMs` unless {@link cancel} comes first. */
  add(entry: Expiring, durationMs: number): void {
    // Nobody is left to keep it; in a turn of its own, because the caller may not be ready for the answer.
    if (this.#isClosed) return this.#runtime.microtask(() => entry.abandon());
    const list = this.#listOf(durationMs);
    entry.expiresAt = this.#runtime.now() + list.durationMs;
    list.append(entry);
    this.#size++;
    if (entry.expiresAt < this.#timerAt) this.#arm(entry.expiresAt);
  }

  /** Forgets `entry`. Does nothing when it has expired or was cancelled. */
  cancel(entry: Expiring): void {
    if (entry.list === undefined) return;
    entry.list.remove(entry);
    if (--this.#size === 0) this.#disarmSoon();
  }

  /** How many deadlines are pending. */
  get size(): number {
    return this.#size;
  }

  /** Abandons every deadline and gives up the timer. */
  close(): void {
    this.#disarm();
    this.#isClosed = true;
    const lists = [...this.#lists.values()];
    this.#lists.clear();
    for (const list of lists) {
      for (let entry = list.first; entry; entry = list.first) {
        list.remove(entry);
        this.#size--;
        entry.abandon();
      }
    }
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #listOf(durationMs: number): DeadlineList {
    let list = this.#lists.get(durationMs);
    if (list) return list;
    const key = this.#lists.size < listsMax ? durationMs : 2 ** Math.ceil(Math.log2(durationMs));
    list = this.#lists.get(key);
    if (!list) {
      list = new DeadlineList(key);
      this.#lists.set(key, list);
    }
    return list;
  }

  /**
   * An armed timer keeps the process alive, so it must not outlive the last deadline; but sequential asks empty the
   * table after each answer, so the timer is only given up when the table is still empty a turn later.
   */
  #disarmSoon(): void {
    if (this.#disarming) return;
    this.#disarming = true;
    this.#runtime.nextTurn(() => {
      this.#disarming = false;
      if (this.#size > 0) return;
      this.#disarm();
      this.#lists.clear();
    });
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#runtime.setTimer(Math.max(0, at - this.#runtime.now()), () => this.#expireDue());
  }

  #expireDue(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#runtime.now();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const [key, list] of this.#lists) {
      while (list.first && list.first.expiresAt <= now) {
        const entry = list.first;
        list.remove(entry);
        this.#size--;
        entry.expire();
      }
      if (list.first) nextAt = Math.min(nextAt, list.first.expiresAt);
      else this.#lists.delete(key);
    }
    if (nextAt < this.#timerAt) this.#arm(nextAt);
  }
}
