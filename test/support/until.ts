import { setTimeout as pause } from "node:timers/promises";

/** Resolves when `condition` holds; fails with what `describe` says after `timeoutMs`. */
export async function until(
  condition: () => boolean,
  describe: () => unknown = () => condition.toString(),
  timeoutMs = 10_000,
): Promise<void> {
  const endAt = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > endAt) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(describe())}`);
    await pause(5);
  }
}
