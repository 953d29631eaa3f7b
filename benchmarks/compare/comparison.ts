// Two commits, measured in turn: what of the difference is more than noise.
import { advantage } from "../report.ts";
import { median } from "../statistics.ts";

/** What a report says of a case, of whichever commit. */
export interface Measurement {
  readonly case: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly foundation: number;
}

/** One case of two commits. */
interface ComparedCase {
  readonly case: string;
  readonly unit: string;
  /** Medians of all rounds. */
  readonly old: number;
  readonly new: number;
  /** How many times better the new one is, by the medians; below 1 it got worse. */
  readonly ratio: number;
  /** The same by the best round of each: others on a machine make figures worse, never better. */
  readonly ratioOfBest: number;
  /** How far the rounds of one commit are apart, the worse of the two: the worst round's share of the median. */
  readonly spread: number;
}

/** Which commit is measured when: the one that comes first takes turns, too, so that neither always runs on a warm machine. */
export function schedule(rounds: number): ("old" | "new")[] {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? (["old", "new"] as const) : (["new", "old"] as const),
  ).flat();
}

/** Compares what both have, in the order of the new one's cases. */
export function compareRounds(
  old: readonly (readonly Measurement[])[],
  renewed: readonly (readonly Measurement[])[],
): ComparedCase[] {
  return (renewed[0] ?? []).flatMap(({ case: name, unit, better }) => {
    const before = figuresOf(old, name);
    const after = figuresOf(renewed, name);
    if (before.length === 0) return [];
    const best = (figures: readonly number[]): number =>
      better === "higher" ? Math.max(...figures) : Math.min(...figures);
    const compared: ComparedCase = {
      case: name,
      unit,
      old: median(before),
      new: median(after),
      ratio: advantage(better, median(after), median(before)),
      ratioOfBest: advantage(better, best(after), best(before)),
      spread: Math.max(spreadOf(before), spreadOf(after)),
    };
    return [compared];
  });
}

/** The comparison as a table for people. */
export function formatComparison(cases: readonly ComparedCase[]): string {
  const rows = cases.map((each) => [
    each.case,
    each.unit,
    each.old.toPrecision(4),
    each.new.toPrecision(4),
    `${each.ratio.toFixed(2)} x`,
    `${each.ratioOfBest.toFixed(2)} x`,
    `${(each.spread * 100).toFixed(0)} %`,
  ]);
  const table = [["case", "unit", "old", "new", "ratio", "of best", "spread"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [...lines, "", ...legend].join("\n");
}

const legend = [
  "ratio: how many times better the new commit's median is; of best: the same by the best round of each; below 1 it got worse",
  "spread: how far a commit's own rounds are from its median; a ratio that is not further from 1 says nothing",
];

function figuresOf(rounds: readonly (readonly Measurement[])[], name: string): number[] {
  return rounds.flatMap((round) => round.filter((each) => each.case === name).map(({ foundation }) => foundation));
}

function spreadOf(figures: readonly number[]): number {
  const middle = median(figures);
  if (middle === 0) return 0;
  return Math.max(...figures.map((figure) => Math.abs(figure - middle))) / Math.abs(middle);
}
