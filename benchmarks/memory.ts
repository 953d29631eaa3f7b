/** What the heap and objects outside of it hold after a full collection, in bytes. Needs `--expose-gc`. */
export function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @throws Error without `--expose-gc`. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Start this program with --expose-gc.");
  // What the first collection finalizes, the second one frees.
  globalThis.gc();
  globalThis.gc();
}

/** Collects what died young, a fraction of a millisecond. @throws Error without `--expose-gc`. */
export function collectYoungGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Start this program with --expose-gc.");
  globalThis.gc({ type: "minor" });
}
