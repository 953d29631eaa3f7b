import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

describe("LatencyHistogram", () => {
  it("has no percentiles while it is empty", () => {
    expect(new LatencyHistogram().percentile(50)).toBeUndefined();
  });

  it("is right to 2 %, and never too low", () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms);
    for (const percent of [1, 50, 90, 99, 100]) {
      const ratio = (histogram.percentile(percent) as number) / (percent * 10);
      expect(ratio).toBeGreaterThan(0.999);
      expect(ratio).toBeLessThan(1.021);
    }
  });

  it("takes times outside its range as the nearest it knows", () => {
    const histogram = new LatencyHistogram();
    histogram.record(0);
    expect(histogram.percentile(100)).toBe(0.01);
    histogram.record(1e9);
    expect(histogram.percentile(100)).toBeGreaterThan(90_000);
  });

  it("adds up what others took", () => {
    const [one, two] = [new LatencyHistogram(), new LatencyHistogram()];
    one.record(1);
    one.record(100);
    two.record(1);
    two.add(one.take());
    expect([one.count, two.count]).toEqual([0, 3]);
    expect(two.percentile(60)).toBeCloseTo(1, 1);
    expect(two.percentile(99)).toBeGreaterThan(99);
  });
});
