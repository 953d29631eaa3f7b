import type { Figures, FiguresBySystem } from "./report.ts";
import { median } from "./statistics.ts";

/** Measures one round of some work: figures by case. */
export type Round = () => Promise<Figures>;

/**
 * Runs one round of each contender in turn, `rounds` times: when the machine slows down, it slows all of them down.
 *
 * @returns for each contender the median of each figure.
 */
export async function inTurn(rounds: number, contenders: Readonly<Record<string, Round>>): Promise<FiguresBySystem> {
  const measured = Object.entries(contenders).map(([name, round]) => ({ name, round, figures: [] as Figures[] }));
  for (let done = 0; done < rounds; done++) {
    for (const { round, figures } of measured) figures.push(await round());
  }
  return Object.fromEntries(measured.map(({ name, figures }) => [name, mediansOf(figures)]));
}

/** Puts what was found about different cases together, system by system. */
export function merge(all: readonly FiguresBySystem[]): FiguresBySystem {
  const merged: Record<string, Figures> = {};
  for (const found of all) {
    for (const [system, figures] of Object.entries(found)) merged[system] = { ...merged[system], ...figures };
  }
  return merged;
}

function mediansOf(rounds: readonly Figures[]): Figures {
  const cases = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(cases.map((name) => [name, median(rounds.map((round) => round[name] ?? Number.NaN))]));
}
