import { describe, expect, it } from "vitest";
import { compareStamps, HybridClock } from "./hybrid-clock.ts";

describe("a hybrid clock", () => {
  it("[M6] never goes back, stays close to wall time, and passes what it has seen", () => {
    let wall = 1_000;
    const clock = new HybridClock(() => wall);
    const first = clock.tick();
    expect(first).toEqual([1_000, 0]);
    wall -= 3_600_000;
    const afterJump = clock.tick();
    expect(compareStamps(afterJump, first)).toBeGreaterThan(0);
    clock.observe([5_000, 7]);
    expect(clock.tick()).toEqual([5_000, 8]);
    wall = 9_000;
    expect(clock.tick()).toEqual([9_000, 0]);
  });
});
