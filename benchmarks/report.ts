import type { SuiteName } from "./arguments.ts";

/** What a figure counts, which direction is good, and what it should reach. */
export interface Case {
  readonly case: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** What the figure itself should reach. For information: nothing fails when it is missed. */
  readonly goal?: number;
  /** How many times better than others, by name, the figure should be at least. For information, too. */
  readonly goals?: Readonly<Record<string, number>>;
}

/** Figures by case, in the units of the suite's cases. */
export type Figures = Readonly<Record<string, number>>;

/** Figures of Foundation, of systems compared with, or of ceilings, by their names. */
export type FiguresBySystem = Readonly<Record<string, Figures>>;

/** Another figure beside ours. */
interface Comparison {
  /** Such as `erlang`, or what the same work was done with bare. */
  readonly name: string;
  /** `peer`: a comparable system. `ceiling`: the same work done bare. */
  readonly kind: "peer" | "ceiling";
  /** Absent when the system has no such thing. */
  readonly figure?: number;
  /** How many times better than that our figure is; below 1 the other one is ahead. */
  readonly ratio?: number;
  /** What the ratio should reach. */
  readonly goal?: number;
  /** Why there is no figure. */
  readonly without?: string;
}

/** One case with our figure and those beside it. */
interface Result {
  readonly case: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly foundation: number;
  readonly goal?: number;
  readonly beside: readonly Comparison[];
}

/** What one run of a suite has found. Printed as it is by `--json`. */
export interface Report {
  readonly suite: SuiteName;
  /** What Foundation ran on. */
  readonly runtime: string;
  readonly results: readonly Result[];
}

/** What a comparable system has reached. */
export interface PeerFigures {
  readonly figures: Figures;
  /** Cases that it has no counterpart for, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

/** All that was measured. */
interface Measured {
  readonly foundation: Figures;
  readonly ceilings: FiguresBySystem;
  readonly peers: Readonly<Record<string, PeerFigures>>;
}

/** Puts the figures of all side by side, in the order of `cases`; a case without a figure of ours is left out. */
export function compare(cases: readonly Case[], { foundation, ceilings, peers }: Measured): Result[] {
  return cases.flatMap((each) => {
    const ours = foundation[each.case];
    if (ours === undefined) return [];
    const beside = [
      ...Object.entries(peers).map(([name, { figures, without }]): Comparison | undefined => {
        const reason = without?.[each.case];
        if (reason !== undefined) return { name, kind: "peer", without: reason };
        return comparison(each, ours, { name, kind: "peer", figure: figures[each.case] });
      }),
      ...Object.entries(ceilings).map(([name, figures]) =>
        comparison(each, ours, { name, kind: "ceiling", figure: figures[each.case] }),
      ),
    ].filter((found) => found !== undefined);
    const { goals: _goals, ...described } = each;
    return [{ ...described, foundation: ours, beside }];
  });
}

/** How many times better than the other figure ours is. */
export function advantage(better: Case["better"], ours: number, other: number): number {
  return better === "higher" ? ours / other : other / ours;
}

function comparison(
  { better, goals }: Case,
  ours: number,
  { name, kind, figure }: { name: string; kind: Comparison["kind"]; figure: number | undefined },
): Comparison | undefined {
  if (figure === undefined) return undefined;
  const goal = goals?.[name];
  return { name, kind, figure, ratio: advantage(better, ours, figure), ...(goal === undefined ? {} : { goal }) };
}

const headings = ["case", "unit", "better", "foundation", "beside", "figure", "ratio", "goal"];
const textColumns: ReadonlySet<string> = new Set(["case", "unit", "better", "beside"]);

/** The report as a table for people. */
export function formatTable({ suite, runtime, results }: Report): string {
  const table = [headings, ...results.flatMap(rowsOf)];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return textColumns.has(headings[column] ?? "") ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
  const missing = results.flatMap(({ case: name, beside }) =>
    beside.flatMap((other) => (other.without === undefined ? [] : [`${other.name} has no ${name}: ${other.without}`])),
  );
  return [`${suite} on ${runtime}`, "", ...lines, "", ...missing, legend].join("\n");
}

const legend = `ratio: how many times better Foundation is; below 1 the other one is ahead
* a ceiling: the same work done bare, with nothing that Foundation gives
goal: what the ratio, or the figure itself, should reach; nothing fails when it does not`;

/** The case with its first comparison, and a row for each further one. */
function rowsOf({ case: name, unit, better, foundation, goal, beside }: Result): string[][] {
  const others = beside.map((other) => [
    other.kind === "ceiling" ? `${other.name} *` : other.name,
    other.figure === undefined ? "none" : figure(other.figure),
    other.ratio === undefined ? "" : `${figure(other.ratio)} x`,
    other.goal === undefined ? "" : `${figure(other.goal)} x`,
  ]);
  if (goal !== undefined) {
    others.push(["goal", figure(goal), `${figure(advantage(better, foundation, goal))} x`, "1 x"]);
  }
  const [first = ["-", "-", "-", ""], ...further] = others;
  return [[name, unit, better, figure(foundation), ...first], ...further.map((row) => ["", "", "", "", ...row])];
}

/** Four significant digits are more than a noisy machine can tell. */
function figure(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
}
