import { describe, expect, it } from "vitest";
import { YoungGarbage } from "./young-garbage.ts";

const mebibyte = 1024 * 1024;

/** A runtime that counts collections. */
function countingRuntime() {
  const runtime = { collections: 0, collectYoung: () => void runtime.collections++ };
  return runtime;
}

describe("young garbage", () => {
  it("is collected after every 3 MiB of Buffers, in whatever pieces", () => {
    const runtime = countingRuntime();
    const garbage = new YoungGarbage(runtime);
    for (let made = 0; made < 30 * mebibyte; made += 64 * 1024) garbage.made(64 * 1024);
    expect(runtime.collections).toBe(10);
    garbage.made(3 * mebibyte - 1);
    expect(runtime.collections).toBe(10);
    garbage.made(1);
    expect(runtime.collections).toBe(11);
  });

  it("is collected once for however much came at once", () => {
    const runtime = countingRuntime();
    const garbage = new YoungGarbage(runtime);
    garbage.made(64 * mebibyte);
    garbage.made(2 * mebibyte);
    expect(runtime.collections).toBe(1);
  });

  it("is left alone where the runtime cannot collect it", () => {
    expect(() => new YoungGarbage({}).made(64 * mebibyte)).not.toThrow();
  });
});
