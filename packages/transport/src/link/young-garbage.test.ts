import { describe, expect, it } from "vitest";
import { YoungGarbage } from "./young-garbage.ts";

const mebibyte = 1024 * 1024;

/** A runtime whose collections take `collectionMs`, and count. */
function runtimeWith(collectionMs: number) {
  const runtime = {
    time: 0,
    collections: 0,
    now: () => runtime.time,
    collectYoung: () => {
      runtime.collections++;
      runtime.time += collectionMs;
    },
  };
  return runtime;
}

describe("young garbage", () => {
  it("is collected after every 3 MiB that were read, in whatever pieces", () => {
    const runtime = runtimeWith(0);
    const garbage = new YoungGarbage(runtime);
    for (let read = 0; read < 30 * mebibyte; read += 64 * 1024) garbage.read(64 * 1024);
    expect(runtime.collections).toBe(10);
    garbage.read(3 * mebibyte - 1);
    expect(runtime.collections).toBe(10);
    garbage.read(1);
    expect(runtime.collections).toBe(11);
  });

  it("takes a third of the time at most, where much survives", () => {
    const runtime = runtimeWith(5);
    const garbage = new YoungGarbage(runtime);
    for (; runtime.time < 10_000; runtime.time++) garbage.read(64 * mebibyte);
    expect(runtime.collections * 5).toBeGreaterThan(3_000);
    expect(runtime.collections * 5).toBeLessThanOrEqual(3_500);
  });

  it("comes again soon after one that was held up", () => {
    const runtime = runtimeWith(0.2);
    const garbage = new YoungGarbage(runtime);
    const readOn = () => {
      const before = runtime.collections;
      for (; runtime.collections === before; runtime.time += 0.1) garbage.read(3 * mebibyte);
    };
    for (let count = 0; count < 20; count++) readOn();
    runtime.collectYoung = () => {
      runtime.collections++;
      runtime.time += 8;
    };
    readOn();
    const heldUpUntil = runtime.time;
    readOn();
    expect(runtime.time - 8 - heldUpUntil).toBeLessThan(3);
  });

  it("is left alone where the runtime cannot collect it", () => {
    expect(() => new YoungGarbage({ now: () => 0 }).read(64 * mebibyte)).not.toThrow();
  });
});
