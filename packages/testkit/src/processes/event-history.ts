/** Something that happened to a cluster of processes. */
interface HistoryEvent {
  /** Milliseconds since the cluster was opened. */
  readonly atMs: number;
  /** A node, or `cluster` for what the test did. */
  readonly who: string;
  readonly what: string;
}

/** The last events of all nodes, in the order of their times. */
export class EventHistory {
  readonly #openedAt = Date.now();
  readonly #eventsMax: number;
  readonly #events: HistoryEvent[] = [];

  /** @param eventsMax events that are kept. */
  constructor(eventsMax = 500) {
    this.#eventsMax = eventsMax;
  }

  /** @param at milliseconds since the Unix epoch. */
  add(who: string, what: string, at: number = Date.now()): void {
    this.#events.push({ atMs: at - this.#openedAt, who, what });
    if (this.#events.length >= 2 * this.#eventsMax) this.#events.splice(0, this.#eventsMax);
  }

  /** The last events, oldest first. */
  last(count: number): HistoryEvent[] {
    // Sorted when read: events of several processes arrive a little out of order.
    return this.#events.slice(-count).sort((a, b) => a.atMs - b.atMs);
  }
}
