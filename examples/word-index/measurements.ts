import { type LatencyCounts, LatencyHistogram } from "./latency-histogram.ts";
import type { FailedAsk, NodeReport } from "./node-messages.ts";

/** What is shown while the demo runs covers so much time. Milliseconds. */
const recentMs = 2_000;

/** Half of the round trips took at most `p50`, 99 of 100 at most `p99` milliseconds. */
export interface RoundTrips {
  readonly p50: number;
  readonly p99: number;
}

/** What all nodes measured, together: of the whole run, and of its last seconds. */
export class Measurements {
  readonly failed: { readonly by: string; readonly ask: FailedAsk }[] = [];
  readonly #roundTrips = new LatencyHistogram();
  readonly #recentRoundTrips: { readonly at: number; readonly counts: LatencyCounts }[] = [];
  readonly #recentlyFed: { readonly at: number; readonly bytes: number }[] = [];
  #asks = 0;
  #fedBytes = 0;

  /** Asks that ended, in whatever way. */
  get asks(): number {
    return this.#asks;
  }

  /** Bytes that were acknowledged, those of an index that died included. */
  get fedBytes(): number {
    return this.#fedBytes;
  }

  report(by: string, { asks, failed, roundTrips }: NodeReport, at: number): void {
    this.#asks += asks;
    for (const ask of failed) this.failed.push({ by, ask });
    this.#roundTrips.add(roundTrips);
    this.#recentRoundTrips.push({ at, counts: roundTrips });
    dropOlder(this.#recentRoundTrips, at - recentMs);
  }

  fed(bytes: number, at: number): void {
    this.#fedBytes += bytes;
    this.#recentlyFed.push({ at, bytes });
    dropOlder(this.#recentlyFed, at - recentMs);
  }

  /** Of the whole run. */
  roundTrips(): RoundTrips | undefined {
    return percentiles(this.#roundTrips);
  }

  recentRoundTrips(): RoundTrips | undefined {
    const histogram = new LatencyHistogram();
    for (const { counts } of this.#recentRoundTrips) histogram.add(counts);
    return percentiles(histogram);
  }

  /** Megabytes per second fed lately. */
  recentRate(now: number): number {
    dropOlder(this.#recentlyFed, now - recentMs);
    const bytes = this.#recentlyFed.reduce((sum, each) => sum + each.bytes, 0);
    return bytes / 1e6 / (recentMs / 1_000);
  }
}

function percentiles(histogram: LatencyHistogram): RoundTrips | undefined {
  const [p50, p99] = [histogram.percentile(50), histogram.percentile(99)];
  return p50 === undefined || p99 === undefined ? undefined : { p50, p99 };
}

function dropOlder(entries: { readonly at: number }[], before: number): void {
  while (entries[0] !== undefined && entries[0].at < before) entries.shift();
}
