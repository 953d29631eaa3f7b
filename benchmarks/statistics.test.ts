import { expect, it } from "vitest";
import { median, medianOf, percentile } from "./statistics.ts";

it("takes percentiles by nearest rank, of numbers and not of their digits", () => {
  const values = [100, 9, 20, 3];
  expect([0, 25, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([3, 3, 9, 100, 100]);
});

it("refuses to make a figure of nothing", () => {
  expect(() => percentile([], 50)).toThrow(RangeError);
  expect(() => median([])).toThrow(RangeError);
});

it("takes the mean of the two middle values of an even number", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([8, 1, 2, 5])).toBe(3.5);
});

it("runs a measurement as often as asked", async () => {
  const figures = [7, 1, 4];
  expect(await medianOf(3, async () => figures.shift() ?? 0)).toBe(4);
});
