import type { SuiteName } from "./arguments.ts";

/** What a figure counts, and which direction is good. */
export interface Case {
  readonly case: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
}

/** Figures by case, in the units of the suite's cases. */
export type Figures = Readonly<Record<string, number>>;

/** One case with everybody's figure. */
interface Result extends Case {
  readonly foundation: number;
  /** By system; a system that does not have the case, or is not installed, is absent. */
  readonly peers: { readonly erlang?: number };
}

/** What one run of a suite has found. Printed as it is by `--json`. */
export interface Report {
  readonly suite: SuiteName;
  /** What Foundation ran on. */
  readonly runtime: string;
  readonly results: readonly Result[];
}

/** Puts the figures of all systems side by side, in the order of `cases`; a case without a figure of ours is left out. */
export function compare(cases: readonly Case[], foundation: Figures, erlang: Figures = {}): Result[] {
  return cases.flatMap((each) => {
    const ours = foundation[each.case];
    const theirs = erlang[each.case];
    if (ours === undefined) return [];
    return [{ ...each, foundation: ours, peers: theirs === undefined ? {} : { erlang: theirs } }];
  });
}

/** How many times better than the peer's our figure is; below 1 the peer is ahead. */
export function advantage({ better, foundation }: Result, peer: number): number {
  return better === "higher" ? foundation / peer : peer / foundation;
}

/** The report as a table for people. */
export function formatTable({ suite, runtime, results }: Report): string {
  const rows = results.map((result) => {
    const { erlang } = result.peers;
    const peer = erlang === undefined ? ["-", "-"] : [figure(erlang), `${figure(advantage(result, erlang))} x`];
    return [result.case, result.unit, result.better, figure(result.foundation), ...peer];
  });
  const table = [["case", "unit", "better", "foundation", "erlang", "ahead by"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [`${suite} on ${runtime}`, "", ...lines, "", "ahead by: below 1 x, Erlang is ahead"].join("\n");
}

/** Four significant digits are more than a noisy machine can tell. */
function figure(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
}
