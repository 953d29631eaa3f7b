import { allocatedBy } from "./allocation.ts";
import { medianOf } from "./statistics.ts";

/** What a unit of work takes. */
export interface Cost {
  /** Units a second: the median of five rounds. */
  readonly rate: number;
  /** Bytes that a unit allocates. */
  readonly bytes: number;
}

/** Measures `round`, which does `units` units of work, after one round of warm-up. */
export async function costOf(units: number, round: () => Promise<unknown>): Promise<Cost> {
  await round();
  const rate = await medianOf(5, async () => {
    const start = performance.now();
    await round();
    return (units * 1000) / (performance.now() - start);
  });
  return { rate, bytes: (await allocatedBy(round)) / units };
}
