import { describe, expect, it } from "vitest";
import { advantage, type Case, compare, formatTable } from "./report.ts";

const cases: readonly Case[] = [
  { case: "tell", unit: "messages/s", better: "higher" },
  { case: "bytes", unit: "bytes", better: "lower" },
  { case: "as root", unit: "ms", better: "lower" },
];

describe("a report", () => {
  it("puts figures side by side in the order of the cases and leaves out what was not measured", () => {
    expect(compare(cases, { bytes: 400, tell: 3 }, { tell: 2, "as root": 1 })).toEqual([
      { case: "tell", unit: "messages/s", better: "higher", foundation: 3, peers: { erlang: 2 } },
      { case: "bytes", unit: "bytes", better: "lower", foundation: 400, peers: {} },
    ]);
  });

  it("says above 1 when Foundation is ahead, whichever direction is better", () => {
    const [tell, bytes] = compare(cases, { tell: 3, bytes: 400 });
    expect(tell && advantage(tell, 1.5)).toBe(2);
    expect(bytes && advantage(bytes, 1200)).toBe(3);
  });

  it("prints a table with four significant digits and a dash where there is no peer", () => {
    const results = compare(cases, { tell: 1_234_567.8, bytes: 400.04 }, { tell: 2_469_135.6 });
    const lines = formatTable({ suite: "local", runtime: "Node 24", results }).split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["local on Node 24"],
      [""],
      ["case", "unit", "better", "foundation", "erlang", "ahead by"],
      ["tell", "messages/s", "higher", "1,235,000", "2,469,000", "0.5 x"],
      ["bytes", "bytes", "lower", "400", "-", "-"],
      [""],
      ["ahead by: below 1 x, Erlang is ahead"],
    ]);
  });
});
