import type { Fault, FaultKind, FaultSource } from "./faults/fault.ts";
import type { FaultScene } from "./faults/fault-scene.ts";

/** A fault and when it happens. */
export interface PlannedFault {
  /** Which of the plan's faults it is: how a shortened plan names those it keeps. */
  readonly index: number;
  /** Virtual milliseconds after the faults begin. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** Draws faults of `kinds`: what, when and whom. */
export function drawFaultPlan(source: FaultSource, kinds: readonly FaultKind[]): PlannedFault[] {
  const { random, ranges } = source;
  const plan: PlannedFault[] = [];
  if (kinds.length === 0) return plan;
  const gap = (): number => random.between(0, ranges.gapMsMax);
  for (let atMs = gap(); atMs < ranges.durationMs; atMs += gap()) {
    plan.push({ index: plan.length, atMs, fault: random.pick(kinds).draw(source) });
  }
  return plan;
}

/** Causes each fault at its time, counted from now. */
export async function carryOut(plan: readonly PlannedFault[], scene: FaultScene): Promise<void> {
  const { world } = scene;
  const start = world.time.now;
  for (const { atMs, fault } of plan) {
    await world.advance(start + atMs - world.time.now);
    fault.cause(scene);
  }
}

/** A plan as lines for people. */
export function describeFaultPlan(plan: readonly PlannedFault[]): string[] {
  return plan.map(
    ({ index, atMs, fault: { kind, details } }) => `${index}: ${atMs.toFixed(0)} ms ${kind} ${JSON.stringify(details)}`,
  );
}
