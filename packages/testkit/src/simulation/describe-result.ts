import { describeFaultPlan } from "./fault-plan.ts";
import type { SimulationResult } from "./simulate.ts";

/** Violations that are shown. */
const violationsMax = 10;

/** A result as lines for people. */
export function describeResult({ scenario, seed, violations, plan, diagnosis }: SimulationResult): string {
  if (violations.length === 0) return `${scenario} seed ${seed}: held`;
  const lines = [`${scenario} seed ${seed}: FAILED`, ...violations.slice(0, violationsMax).map((each) => `  ${each}`)];
  return [...lines, "faults:", ...describeFaultPlan(plan).map((line) => `  ${line}`), diagnosis].join("\n");
}

/** The command that runs `result` again. */
export function replayCommand({ scenario, options }: SimulationResult): string {
  const { seed, nodes, faultMs, gapMsMax, kinds, keep } = options;
  const values = {
    scenario,
    seed,
    nodes,
    "fault-ms": faultMs,
    "gap-ms": gapMsMax,
    kinds: kinds?.join(","),
    keep: keep === undefined ? undefined : keep.join(",") || "none",
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return `npm run simulate -- ${given.map(([name, value]) => `--${name} ${value}`).join(" ")}`;
}
