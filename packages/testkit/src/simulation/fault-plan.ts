import type { PathOptions } from "../network/path.ts";
import type { SeededRandom } from "../world/seeded-random.ts";

/** One fault, complete: a plan can be replayed, and shortened, without drawing anything again. */
export type Fault =
  | { readonly kind: "crash"; readonly node: string }
  | { readonly kind: "restart"; readonly node: string }
  /** Longer than the failure detector bears. */
  | { readonly kind: "pause"; readonly node: string; readonly durationMs: number }
  /** Shorter than the failure detector bears. */
  | { readonly kind: "stall"; readonly node: string; readonly durationMs: number }
  | { readonly kind: "partition"; readonly groups: readonly (readonly string[])[] }
  | { readonly kind: "block"; readonly from: string; readonly to: string }
  | { readonly kind: "heal" }
  | { readonly kind: "cut"; readonly a: string; readonly b: string }
  | { readonly kind: "path"; readonly path: Partial<PathOptions> }
  | { readonly kind: "clock"; readonly node: string; readonly byMs: number };

/** What kinds of faults there are. */
export type FaultKind = Fault["kind"];

/** A fault and when it happens. */
export interface PlannedFault {
  /** Virtual milliseconds after the faults begin. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** All kinds of faults. */
export const faultKinds: readonly FaultKind[] = [
  "crash",
  "restart",
  "pause",
  "stall",
  "partition",
  "block",
  "heal",
  "cut",
  "path",
  "clock",
];

/** Faults that can make two parts of the cluster believe that the other one is dead. */
export const splittingFaults: ReadonlySet<FaultKind> = new Set<FaultKind>(["partition", "block", "pause", "path"]);

/** Faults after which everybody still lives and is heard of in time. */
export const harmlessFaults: ReadonlySet<FaultKind> = new Set<FaultKind>(["stall", "cut", "clock", "heal"]);

/** Settings of {@link drawFaultPlan}. */
export interface FaultPlanOptions {
  readonly kinds: readonly FaultKind[];
  readonly nodes: readonly string[];
  /** Virtual milliseconds that faults go on. */
  readonly durationMs: number;
  /** Virtual milliseconds between two faults, at most. */
  readonly gapMsMax: number;
}

/** Draws faults: what, when and whom, all from `random`. */
export function drawFaultPlan(
  random: SeededRandom,
  { kinds, nodes, durationMs, gapMsMax }: FaultPlanOptions,
): PlannedFault[] {
  const plan: PlannedFault[] = [];
  if (kinds.length === 0) return plan;
  for (let atMs = random.between(0, gapMsMax); atMs < durationMs; atMs += random.between(0, gapMsMax)) {
    plan.push({ atMs, fault: drawFault(random, random.pick(kinds), nodes) });
  }
  return plan;
}

function drawFault(random: SeededRandom, kind: FaultKind, nodes: readonly string[]): Fault {
  const node = random.pick(nodes);
  const other = random.pick(nodes.filter((name) => name !== node));
  switch (kind) {
    case "crash":
    case "restart":
      return { kind, node };
    case "pause":
      return { kind, node, durationMs: Math.round(random.between(3_000, 8_000)) };
    case "stall":
      return { kind, node, durationMs: Math.round(random.between(50, 2_400)) };
    case "partition": {
      const groups: [string[], string[]] = [[], []];
      for (const name of nodes) groups[random.integer(0, 1) as 0 | 1].push(name);
      return { kind, groups };
    }
    case "block":
      return { kind, from: node, to: other };
    case "heal":
      return { kind };
    case "cut":
      return { kind, a: node, b: other };
    case "path": {
      const loss = random.chance(0.5) ? 0 : random.between(0, 0.2);
      return { kind, path: { delayMs: random.between(0.1, 50), jitterMs: random.between(0, 50), loss } };
    }
    case "clock":
      return { kind, node, byMs: random.integer(-3_600_000, 3_600_000) };
    default:
      return kind satisfies never;
  }
}

/** A plan as lines for people. */
export function describeFaultPlan(plan: readonly PlannedFault[]): string[] {
  return plan.map(
    ({ atMs, fault: { kind, ...details } }) => `${atMs.toFixed(0)} ms ${kind} ${JSON.stringify(details)}`,
  );
}
