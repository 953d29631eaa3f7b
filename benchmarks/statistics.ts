/**
 * The value that `percent` of all values do not exceed (nearest rank).
 *
 * @throws RangeError when there are no values: a figure made of nothing would look like one.
 */
export function percentile(values: readonly number[], percent: number): number {
  // A typed array sorts numbers as numbers, and millions of them in a second.
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (value === undefined) throw new RangeError("There is nothing to take a percentile of.");
  return value;
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const lower = percentile(sorted, 50);
  return sorted.length % 2 === 1 ? lower : (lower + (sorted[sorted.length / 2] ?? lower)) / 2;
}

/** The median of the results of `measure`, run `times` times one after the other. */
export async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let time = 0; time < times; time++) values.push(await measure());
  return median(values);
}
