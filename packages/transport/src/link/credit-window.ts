/** Waiting on the way that is taken as a sign that the line is full. Milliseconds beyond the shortest trip seen. */
const longWaitMs = 5;
/** Waiting on the way that is no reason to send less. Milliseconds. */
const shortWaitMs = 2.5;
/** Frames that may always be under way: with one alone the line would be idle until its credit is back. */
const sizeMin = 2;
/** How old the shortest trip may be before it is measured again: routes change. Milliseconds. */
const shortestAgeMsMax = 10_000;

/**
 * How many large frames of one connection may be under way.
 *
 * The receiver's window is the limit. Below it, fewer are sent while trips take longer than the line itself needs: what waits
 * in the queues of the network delays every other channel (the idea of TCP Vegas and LEDBAT, RFC 6817 section 2.4.2, counted in
 * frames). So a fast line gets the whole window, and a slow one has about 5 ms of data in its queue.
 */
export class CreditWindow {
  readonly #max: number;
  readonly #sentAt: number[] = [];
  #size: number;
  #shortestMs = Number.POSITIVE_INFINITY;
  #shortestAt = Number.NEGATIVE_INFINITY;
  #roundTripMs: number | undefined;

  /** @param max large frames that the receiver takes. */
  constructor(max: number) {
    this.#max = max;
    this.#size = max;
  }

  /** Whether one more may be sent. */
  get isOpen(): boolean {
    return this.#sentAt.length < Math.floor(this.#size);
  }

  /** Smoothed milliseconds from the sending of a large frame to its credit; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** One was sent. @param now monotonic milliseconds. */
  spend(now: number): void {
    this.#sentAt.push(now);
  }

  /** The receiver has handled `count`. @returns `false` when it never had that many. */
  grant(count: number, now: number): boolean {
    if (count > this.#sentAt.length) return false;
    for (const sentAt of this.#sentAt.splice(0, count)) this.#measured(now - sentAt, now);
    return true;
  }

  #measured(tripMs: number, now: number): void {
    const previous = this.#roundTripMs ?? tripMs;
    this.#roundTripMs = previous + (tripMs - previous) / 8;
    if (tripMs <= this.#shortestMs) {
      this.#shortestMs = tripMs;
      this.#shortestAt = now;
    } else if (now - this.#shortestAt > shortestAgeMsMax) {
      // The next frame goes alone, so that it meets no queue of our own.
      this.#shortestMs = Number.POSITIVE_INFINITY;
      this.#shortestAt = now;
      this.#size = 1;
      return;
    }
    const waitMs = tripMs - this.#shortestMs;
    if (waitMs > longWaitMs) this.#size = Math.max(Math.min(this.#max, sizeMin), this.#size - 1);
    // By one in a round trip, as TCP does: what is learned from one trip is old when the next ones come.
    else if (waitMs < shortWaitMs) this.#size = Math.min(this.#max, this.#size + 1 / this.#size);
  }
}
