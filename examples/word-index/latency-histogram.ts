/** Counts of a histogram by bucket, only those that are not zero: `[bucket, count]`. */
export type LatencyCounts = readonly (readonly [bucket: number, count: number])[];

/** The shortest time that is told from shorter ones. Milliseconds. */
const smallestMs = 0.01;
/** Each bucket is so much wider than the one before: percentiles are right to 2 %. */
const growth = 1.02;
/** Up to about 100 s. */
const bucketsMax = 815;

/** Times in buckets of equal relative width: any number of them in bounded memory, and histograms can be added up. */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #count = 0;

  /** How many times were recorded. */
  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, smallestMs) / smallestMs) / Math.log(growth));
    this.#add(Math.min(bucket, bucketsMax), 1);
  }

  add(counts: LatencyCounts): void {
    for (const [bucket, count] of counts) this.#add(bucket, count);
  }

  /** What was recorded since the last call. */
  take(): LatencyCounts {
    const counts = [...this.#counts];
    this.#counts.clear();
    this.#count = 0;
    return counts;
  }

  /** The time in milliseconds that `percent` of all recorded ones do not exceed; undefined when there is none. */
  percentile(percent: number): number | undefined {
    let left = Math.max(1, Math.ceil((this.#count * percent) / 100));
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return smallestMs * growth ** bucket;
    }
    return undefined;
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#count += count;
  }
}
