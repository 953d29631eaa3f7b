import { describe, expect, it } from "vitest";
import { Actor, childSpec } from "../index.ts";
import { backoffMs, backoffOf, RestartBackoff } from "../spi.ts";

describe("a back-off", () => {
  it("doubles from minMs to maxMs and stays there, whatever the number of failures", () => {
    const backoff = backoffOf({ jitter: 0 });
    const waits = [0, 1, 2, 7, 8, 100, 1e6].map((failures) => backoffMs(backoff, failures, 0.5));
    expect(waits).toEqual([50, 100, 200, 6_400, 10_000, 10_000, 10_000]);
  });

  it("scatters every wait, and never beyond minMs and maxMs", () => {
    const backoff = backoffOf({ minMs: 100, maxMs: 1_000, factor: 3, jitter: 0.5 });
    const span = (failures: number) => [0, 0.999_999].map((random) => Math.round(backoffMs(backoff, failures, random)));
    expect([0, 1, 2, 3].map(span)).toEqual([
      [100, 150],
      [150, 450],
      [450, 1_000],
      [500, 1_000],
    ]);
  });

  it("a longest wait that is not given is never below the shortest", () => {
    expect(backoffOf({ minMs: 60_000 })).toMatchObject({ minMs: 60_000, maxMs: 60_000 });
  });

  it("[X12] refuses what makes no sense", () => {
    const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
    for (const options of [
      { minMs: 0 },
      { minMs: none },
      { maxMs: infinite },
      { minMs: 20, maxMs: 10 },
      { factor: 0.5 },
      { jitter: 1.1 },
      { jitter: -0.1 },
      { minMS: 10 },
    ]) {
      expect(() => backoffOf(options)).toThrow(expect.objectContaining({ code: "invalidOption" }));
      expect(() => childSpec(Actor, { backoff: options })).toThrow(expect.objectContaining({ code: "invalidOption" }));
    }
  });

  it("begins anew after maxMs without a failure, not a moment before", () => {
    const restarts = new RestartBackoff(backoffOf({ minMs: 10, maxMs: 80, jitter: 0 }));
    const fail = (now: number): number => restarts.failed({ now, random: 0 });
    expect([fail(0), fail(0), fail(0)]).toEqual([10, 20, 40]);
    restarts.started(100);
    expect(fail(179.9)).toBe(80);
    restarts.started(200);
    expect(fail(280)).toBe(10);
    // What has never started has not been quiet.
    expect([fail(10_000), fail(20_000)]).toEqual([20, 40]);
  });
});
