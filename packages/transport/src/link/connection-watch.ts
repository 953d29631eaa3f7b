/** How long a connection may leave what was sent on it without any sign of life before one is asked for. Milliseconds. */
const probeAfterMs = 1_000;
/** How long it may stay silent in all. Milliseconds, and one more for each byte that waits to be acknowledged: 1 kB/s. */
const silentMsMax = 5_000;
/** How long after a trip to the other side and back the next one is measured, when something was sent meanwhile. Milliseconds. */
const measureEveryMs = 10_000;

/** What is to be done about a connection. */
export type WatchVerdict = "nothing" | "probe" | "dead";

/**
 * Notices that one of a link's connections is dead although the others live: routers forget connections one by one, and TCP
 * itself would go on sending for a quarter of an hour.
 *
 * Only a connection on which something was sent is expected to say anything, so idle ones cost nothing. Of the others it is
 * measured now and then how long a probe takes there and back.
 */
export class ConnectionWatch {
  /** Bytes that had been sent when the last frame arrived. */
  #sentBefore = 0;
  #silentSince: number | undefined;
  #isProbed = false;
  /** When the probe left that is to be measured. */
  #probedAt: number | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #sentAtMeasure = 0;
  #roundTripMs: number | undefined;

  /** Smoothed milliseconds from a probe to its answer; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** The answer to a probe arrived. */
  answered(now: number): void {
    if (this.#probedAt === undefined) return;
    const tripMs = now - this.#probedAt;
    const previous = this.#roundTripMs ?? tripMs;
    this.#roundTripMs = previous + (tripMs - previous) / 8;
    this.#probedAt = undefined;
    this.#measuredAt = now;
  }

  /** A frame arrived, after `sentBytes` had been sent in all. */
  heard(sentBytes: number): void {
    this.#sentBefore = sentBytes;
    this.#silentSince = undefined;
    this.#isProbed = false;
  }

  /**
   * Looks at the connection.
   *
   * @param sentBytes what was sent in all. @param stalledMs how long this process has just stood still, in which it could not
   * have heard anything.
   */
  look(now: number, sentBytes: number, stalledMs: number): WatchVerdict {
    const verdict = this.#lookForLife(now, sentBytes, stalledMs);
    this.#forgetUnansweredProbe(now, verdict);
    const isToMeasure = sentBytes > this.#sentAtMeasure && now - this.#measuredAt >= measureEveryMs;
    if (verdict === "dead" || this.#probedAt !== undefined || !(isToMeasure || verdict === "probe")) return verdict;
    this.#probedAt = now;
    this.#sentAtMeasure = sentBytes;
    return "probe";
  }

  /** A peer with frames of its own under way answers no probe: the next answer belongs to another one. */
  #forgetUnansweredProbe(now: number, verdict: WatchVerdict): void {
    if (this.#probedAt === undefined) return;
    const wasHeardSince = verdict === "probe" && (this.#silentSince ?? 0) > this.#probedAt;
    if (wasHeardSince || now - this.#probedAt >= measureEveryMs) this.#probedAt = undefined;
  }

  #lookForLife(now: number, sentBytes: number, stalledMs: number): WatchVerdict {
    const unheardBytes = sentBytes - this.#sentBefore;
    if (unheardBytes === 0) return "nothing";
    if (this.#silentSince === undefined) {
      this.#silentSince = now;
      return "nothing";
    }
    this.#silentSince += stalledMs;
    const silentMs = now - this.#silentSince;
    if (silentMs > silentMsMax + unheardBytes) return "dead";
    if (silentMs < probeAfterMs || this.#isProbed) return "nothing";
    this.#isProbed = true;
    return "probe";
  }
}
