import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import { systemRuntime } from "./system-runtime.ts";

it("a young collection is one, and leaves no gc behind for the program", async () => {
  const before = typeof globalThis.gc;
  const kinds: unknown[] = [];
  const seen = Promise.withResolvers<void>();
  const observer = new PerformanceObserver((list) => {
    kinds.push(...list.getEntries().map((entry: PerformanceEntry & { detail?: unknown }) => entry.detail));
    seen.resolve();
  });
  observer.observe({ entryTypes: ["gc"] });
  systemRuntime().collectYoung?.();
  await seen.promise;
  observer.disconnect();
  expect(kinds).toContainEqual(expect.objectContaining({ kind: constants.NODE_PERFORMANCE_GC_MINOR }));
  expect(typeof globalThis.gc).toBe(before);
});

it("a program whose engine has none goes on without it", async () => {
  vi.resetModules();
  vi.doMock("node:v8", () => ({ setFlagsFromString: () => {} }));
  const hidden = globalThis.gc;
  globalThis.gc = undefined;
  try {
    const { collectYoung } = await import("./young-collection.ts");
    expect(collectYoung).not.toThrow();
  } finally {
    globalThis.gc = hidden;
    vi.doUnmock("node:v8");
  }
});
