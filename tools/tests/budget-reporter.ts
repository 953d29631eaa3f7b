import type { Reporter, TestModule } from "vitest/node";
import { slowMark } from "./slow-mark.ts";

/** What the fast tier may take on an idle machine of two cores. */
const tierMsMax = 60_000;
/** What a file of it may take. */
const fileMsMax = 3_000;

/** Says after a run of the fast tier which files took long in it, when that was too long. Only a note: machines are busy. */
export default class BudgetReporter implements Reporter {
  #startedAt = 0;

  onTestRunStart(): void {
    this.#startedAt = performance.now();
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tookMs = performance.now() - this.#startedAt;
    if (tookMs <= tierMsMax) return;
    console.log(
      `The fast tier took ${seconds(tookMs)}, and has ${seconds(tierMsMax)} on an idle machine. Its longest files:`,
    );
    const longest = modules
      .map((module) => ({ path: module.relativeModuleId, ms: module.diagnostic().duration }))
      .filter(({ ms }) => ms > fileMsMax)
      .sort((a, b) => b.ms - a.ms);
    for (const { path, ms } of longest) console.log(`  ${seconds(ms)}  ${path}`);
    console.log(`Make them quicker, or begin them with "${slowMark}" and the reason.`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
