/** Something that will happen at a moment of virtual time. */
export interface ScheduledEvent {
  /** Virtual milliseconds. */
  at: number;
  /** Breaks ties: what was scheduled first happens first. */
  readonly sequence: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * Events by time, then by order of scheduling: a binary heap, and a list for those that are due at once, which are about every
 * second one.
 */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #dueAtOnce: ScheduledEvent[] = [];
  /** How many of {@link #dueAtOnce} have happened. */
  #happened = 0;
  #sequence = 0;

  get size(): number {
    return this.#heap.length + this.#dueAtOnce.length - this.#happened;
  }

  /** When the next event happens. */
  get nextAt(): number | undefined {
    return this.#next()?.at;
  }

  push(at: number, run: () => void): ScheduledEvent {
    const event = this.#event(at, run);
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
    return event;
  }

  /** As {@link push}, for the moment that is now: nothing is scheduled for an earlier one. */
  pushNow(now: number, run: () => void): ScheduledEvent {
    const event = this.#event(now, run);
    this.#dueAtOnce.push(event);
    return event;
  }

  /** Removes and returns the next event that was not cancelled. */
  pop(): ScheduledEvent | undefined {
    const next = this.#next();
    if (next === undefined) return undefined;
    if (next !== this.#dueAtOnce[this.#happened]) return this.#take();
    this.#happened++;
    return next;
  }

  #event(at: number, run: () => void): ScheduledEvent {
    return { at, sequence: this.#sequence++, run, isCancelled: false };
  }

  #next(): ScheduledEvent | undefined {
    while (this.#heap[0]?.isCancelled) this.#take();
    while (this.#dueAtOnce[this.#happened]?.isCancelled) this.#happened++;
    if (this.#happened > 0 && this.#happened === this.#dueAtOnce.length) {
      this.#dueAtOnce = [];
      this.#happened = 0;
    }
    const [first] = this.#heap;
    const due = this.#dueAtOnce[this.#happened];
    return first === undefined || (due !== undefined && isBefore(due, first)) ? due : first;
  }

  #take(): ScheduledEvent | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return first;
  }

  #up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      let smallest = index;
      if (left < this.#heap.length && this.#isBefore(left, smallest)) smallest = left;
      if (left + 1 < this.#heap.length && this.#isBefore(left + 1, smallest)) smallest = left + 1;
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return isBefore(this.#heap[a] as ScheduledEvent, this.#heap[b] as ScheduledEvent);
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a] as ScheduledEvent;
    this.#heap[a] = this.#heap[b] as ScheduledEvent;
    this.#heap[b] = x;
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
