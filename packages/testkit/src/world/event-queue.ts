/** Something that will happen at a moment of virtual time. */
export interface ScheduledEvent {
  /** Virtual milliseconds. */
  at: number;
  /** Breaks ties: what was scheduled first happens first. */
  readonly sequence: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Events by time, then by order of scheduling: a binary heap. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next event happens. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  push(at: number, run: () => void): ScheduledEvent {
    const event: ScheduledEvent = { at, sequence: this.#sequence++, run, isCancelled: false };
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
    return event;
  }

  /** Removes and returns the next event that was not cancelled. */
  pop(): ScheduledEvent | undefined {
    this.#dropCancelled();
    return this.#take();
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.isCancelled) this.#take();
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
    const [x, y] = [this.#heap[a] as ScheduledEvent, this.#heap[b] as ScheduledEvent];
    return x.at < y.at || (x.at === y.at && x.sequence < y.sequence);
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a] as ScheduledEvent;
    this.#heap[a] = this.#heap[b] as ScheduledEvent;
    this.#heap[b] = x;
  }
}
