import type { Runtime, Timer } from "../runtime/runtime.ts";

/** Something that has to happen unless it is cancelled in time. Intrusive node of a {@link Deadlines} list. */
export abstract class Expiring {
  /** @internal */ previous: Expiring | undefined;
  /** @internal */ next: Expiring | undefined;
  /** @internal */ list: DeadlineList | undefined;
  /** @internal Monotonic milliseconds; infinite until the turn in which the deadline was added has ended. */
  expiresAt: number = Number.POSITIVE_INFINITY;

  /** Called once when the deadline passes. */
  abstract expire(): void;

  /** Called once when the system stops before the deadline: there is nobody left who could keep it. */
  abandon(): void {
    this.expire();
  }
}

/** All deadlines of one duration, in order of arrival, which is also their order of expiry. */
export class DeadlineList {
  readonly durationMs: number;
  first: Expiring | undefined;
  last: Expiring | undefined;
  /** The first of those that were added in this turn. */
  firstNew: Expiring | undefined;

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
    this.firstNew ??= entry;
  }

  remove(entry: Expiring): void {
    if (this.firstNew === entry) this.firstNew = entry.next;
    if (entry.previous) entry.previous.next = entry.next;
    else this.first = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.last = entry.previous;
    entry.previous = entry.next = entry.list = undefined;
  }

  /** Gives those that were added in this turn their time. */
  date(now: number): void {
    for (let entry = this.firstNew; entry; entry = entry.next) entry.expiresAt = now + this.durationMs;
    this.firstNew = undefined;
  }
}

/** How long deadlines that are due in one moment may be told of it, one after the other; the rest follow in the next turn. Milliseconds. */
const sliceMs = 2;
/** Deadlines between two looks at the clock. */
const deadlinesPerLook = 64;

/** Distinct durations kept apart; further ones are rounded up, by at most a sixteenth, so that the table stays small. */
const listsMax = 64;

function roundUp(durationMs: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.max(1, durationMs))) - 4);
  return Math.ceil(durationMs / step) * step;
}

/**
 * Many deadlines behind one timer.
 *
 * ```ts
 * import { systemRuntime } from "@foundation/actor";
 * import { Deadlines, Expiring } from "@foundation/actor/spi";
 *
 * class Reminder extends Expiring {
 *   readonly due = Promise.withResolvers<string>();
 *
 *   override expire(): void {
 *     this.due.resolve("time is up");
 *   }
 * }
 *
 * const deadlines = new Deadlines(systemRuntime());
 * const reminder = new Reminder();
 * deadlines.add(reminder, 20);
 * console.log(deadlines.size); // 1
 * console.log(await reminder.due.promise); // time is up
 * ```
 *
 * Adding and cancelling are O(1), arm no timer and read no clock: entries of one duration form a list that is sorted by
 * itself (timing wheels with one list per duration; Varghese and Lauck 1987, scheme 3, for the common case of few
 * durations), and a turn's entries get their time when the turn ends. So a deadline is never early, and late by what was
 * left of the turn it was set in. Of many that pass in one moment, as many are told as 2 ms allow, the others in the turns
 * that follow.
 *
 * When not to use it: in an actor use `context.timers`, for an ask `ref.with({ timeoutMs })`. With more than 64 different
 * durations at a time, further ones are rounded up by at most a sixteenth.
 */
export class Deadlines {
  readonly #runtime: Runtime;
  readonly #lists = new Map<number, DeadlineList>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #size = 0;
  #isTurnOpen = false;
  /** More are due than one turn had time for. */
  #isExpiring = false;
  #isClosed = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Calls `entry.expire()` after `durationMs` unless {@link cancel} comes first. */
  add(entry: Expiring, durationMs: number): void {
    // Nobody is left to keep it; in a turn of its own, because the caller may not be ready for the answer.
    if (this.#isClosed) return this.#runtime.microtask(() => entry.abandon());
    this.#listOf(durationMs).append(entry);
    this.#size++;
    if (!this.#isTurnOpen) {
      this.#isTurnOpen = true;
      this.#runtime.nextTurn(this.#endTurn);
    }
  }

  /** Forgets `entry`. Does nothing when it has expired or was cancelled. */
  cancel(entry: Expiring): void {
    if (entry.list === undefined) return;
    entry.list.remove(entry);
    this.#size--;
    // An armed timer keeps the process alive, so it must not outlive the last deadline.
    if (this.#size === 0 && this.#timer !== undefined && !this.#isTurnOpen) {
      this.#isTurnOpen = true;
      this.#runtime.nextTurn(this.#endTurn);
    }
  }

  /** Milliseconds that `entry` has left. */
  timeLeftMs(entry: Expiring): number {
    if (entry.list === undefined) return 0;
    if (entry.expiresAt === Number.POSITIVE_INFINITY) return entry.list.durationMs;
    return Math.max(0, entry.expiresAt - this.#runtime.now());
  }

  /** All that is pending. */
  *pending(): Iterable<Expiring> {
    for (const list of this.#lists.values()) for (let entry = list.first; entry; entry = entry.next) yield entry;
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

  #listOf(durationMs: number): DeadlineList {
    let list = this.#lists.get(durationMs);
    if (list) return list;
    const key = this.#lists.size < listsMax ? durationMs : roundUp(durationMs);
    list = this.#lists.get(key);
    if (!list) {
      list = new DeadlineList(key);
      this.#lists.set(key, list);
    }
    return list;
  }

  readonly #endTurn = (): void => {
    this.#isTurnOpen = false;
    if (this.#isClosed) return;
    if (this.#size === 0) {
      this.#disarm();
      this.#lists.clear();
      return;
    }
    const now = this.#runtime.now();
    for (const list of this.#lists.values()) list.date(now);
    this.#armForNext();
  };

  #armForNext(): void {
    // The next turn looks anyway.
    if (this.#isExpiring) return;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const [key, list] of this.#lists) {
      if (list.first) nextAt = Math.min(nextAt, list.first.expiresAt);
      else this.#lists.delete(key);
    }
    if (nextAt >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = nextAt;
    this.#timer = this.#runtime.setTimer(Math.max(0, nextAt - this.#runtime.now()), this.#expireDue);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  readonly #expireDue = (): void => {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#isExpiring = true;
    try {
      this.#isExpiring = this.#expireSlice(this.#runtime.now());
    } finally {
      // Also when one of them threw: the others are still to be kept.
      if (this.#isExpiring) this.#runtime.nextTurn(this.#expireRest);
      else this.#armForNext();
    }
  };

  readonly #expireRest = (): void => {
    if (this.#isClosed) return;
    this.#expireDue();
  };

  /** @returns whether more are due. */
  #expireSlice(now: number): boolean {
    let untilLook = deadlinesPerLook;
    for (const list of this.#lists.values()) {
      for (let entry = list.first; entry && entry.expiresAt <= now; entry = list.first) {
        if (untilLook === 0) {
          if (this.#runtime.now() - now >= sliceMs) return true;
          untilLook = deadlinesPerLook;
        }
        untilLook--;
        list.remove(entry);
        this.#size--;
        entry.expire();
      }
    }
    return false;
  }
}
