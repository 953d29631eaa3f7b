import { describe, expect, it } from "vitest";
import { compareRounds, formatComparison, type Measurement, schedule } from "./comparison.ts";

const rate = (foundation: number): Measurement => ({ case: "tell", unit: "messages/s", better: "higher", foundation });
const time = (foundation: number): Measurement => ({ case: "CPU", unit: "ns", better: "lower", foundation });

describe("a comparison of two commits", () => {
  it("measures both as often, and lets each be the first one in turn", () => {
    expect(schedule(3)).toEqual(["old", "new", "new", "old", "old", "new"]);
  });

  it("compares medians and best rounds, above 1 when the new one is better in either direction", () => {
    const old = [
      [rate(10), time(100)],
      [rate(20), time(400)],
      [rate(30), time(200)],
    ];
    const renewed = [
      [rate(30), time(100)],
      [rate(40), time(50)],
      [rate(60), time(120)],
    ];
    expect(compareRounds(old, renewed)).toEqual([
      { case: "tell", unit: "messages/s", old: 20, new: 40, ratio: 2, ratioOfBest: 2, spread: 0.5 },
      { case: "CPU", unit: "ns", old: 200, new: 100, ratio: 2, ratioOfBest: 2, spread: 1 },
    ]);
  });

  it("leaves out what only one of them has", () => {
    expect(compareRounds([[time(1)]], [[rate(1)]])).toEqual([]);
  });

  it("prints a row for each case", () => {
    const lines = formatComparison(compareRounds([[rate(10)]], [[rate(9)]])).split("\n");
    expect(lines.slice(0, 2).map((line) => line.split(/ {2,}/))).toEqual([
      ["case", "unit", "old", "new", "ratio", "of best", "spread"],
      ["tell", "messages/s", "10.00", "9.000", "0.90 x", "0.90 x", "0 %"],
    ]);
  });
});
