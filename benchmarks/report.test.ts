import { describe, expect, it } from "vitest";
import { advantage, type Case, compare, formatTable } from "./report.ts";

const cases: readonly Case[] = [
  { case: "tell", unit: "messages/s", better: "higher", goals: { erlang: 2, "ring buffer": 0.5 } },
  { case: "bytes", unit: "bytes", better: "lower", goal: 200 },
  { case: "as root", unit: "ms", better: "lower" },
];

describe("a report", () => {
  it("puts figures side by side in the order of the cases and leaves out what was not measured", () => {
    const results = compare(cases, {
      foundation: { bytes: 400, tell: 3 },
      ceilings: { "ring buffer": { tell: 12 } },
      peers: {
        erlang: { figures: { tell: 2, "as root": 1 } },
        effect: { figures: {}, without: { bytes: "no actors" } },
      },
    });
    expect(results).toEqual([
      {
        case: "tell",
        unit: "messages/s",
        better: "higher",
        foundation: 3,
        beside: [
          { name: "erlang", kind: "peer", figure: 2, ratio: 1.5, goal: 2 },
          { name: "ring buffer", kind: "ceiling", figure: 12, ratio: 0.25, goal: 0.5 },
        ],
      },
      {
        case: "bytes",
        unit: "bytes",
        better: "lower",
        foundation: 400,
        goal: 200,
        beside: [{ name: "effect", kind: "peer", without: "no actors" }],
      },
    ]);
  });

  it("says above 1 when Foundation is ahead, whichever direction is better", () => {
    expect(advantage("higher", 3, 1.5)).toBe(2);
    expect(advantage("lower", 400, 1200)).toBe(3);
  });

  it("prints a row for each comparison, with four significant digits, and a dash where there is none", () => {
    const results = compare(cases, {
      foundation: { tell: 1_234_567.8, bytes: 400.04, "as root": 1 },
      ceilings: { "ring buffer": { tell: 4_938_271.2 } },
      peers: { erlang: { figures: { tell: 2_469_135.6 } }, effect: { figures: {}, without: { bytes: "no actors" } } },
    });
    const lines = formatTable({ suite: "local", runtime: "Node 24", results }).split("\n");
    expect(lines.slice(0, -3).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["local on Node 24"],
      [""],
      ["case", "unit", "better", "foundation", "beside", "figure", "ratio", "goal"],
      ["tell", "messages/s", "higher", "1,235,000", "erlang", "2,469,000", "0.5 x", "2 x"],
      ["ring buffer *", "4,938,000", "0.25 x", "0.5 x"],
      ["bytes", "bytes", "lower", "400", "effect", "none"],
      ["goal", "200", "0.5 x", "1 x"],
      ["as root", "ms", "lower", "1", "-", "-", "-"],
      [""],
      ["effect has no bytes: no actors"],
    ]);
  });
});
