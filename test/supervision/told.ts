import type { Ending, NodeSpec, Step, SupervisorSpec, WorkerSpec } from "./supervision-case.ts";
import { SupervisionRun } from "./supervision-run.ts";

/** A worker that stops in order, unless `options` say otherwise. */
export function worker(id: string, options: Partial<WorkerSpec> = {}): WorkerSpec {
  const rules = { restart: "permanent", significant: false, shutdownMs: 5_000 } as const;
  return { kind: "worker", id, ...rules, stop: "orderly", failure: "throw", ...options };
}

/** A supervisor with the defaults of `Supervisor`, unless `options` say otherwise. */
export function supervisor(
  id: string,
  children: readonly NodeSpec[],
  options: Partial<SupervisorSpec> = {},
): SupervisorSpec {
  const rules = { restart: "permanent", significant: false, shutdownMs: "infinity" } as const;
  const flags = { strategy: "oneForOne", autoShutdown: "never", intensity: 3, periodMs: 5_000 } as const;
  return { kind: "supervisor", id, ...rules, ...flags, children, ...options };
}

/** Workers end by themselves, in this order, before their supervisor hears of any. */
export function ends(supervisorId: string, ...what: readonly (readonly [string, Ending])[]): Step {
  return { kind: "ends", supervisor: supervisorId, ends: what };
}

/** Seconds between steps that do not say when they happen. */
const gapSeconds = 10;
/** More than the system may take to stop. */
const finishSeconds = 7_200;

/** What happens when: a step, or the second and the step. */
export type Timed = Step | readonly [seconds: number, step: Step];

/** Runs `steps` on real supervisors in virtual time. @returns what was told in each of them: first the start, at last the stop. */
export async function told(root: SupervisorSpec, ...steps: readonly Timed[]): Promise<string[][]> {
  const timed = steps.map((step, index) => ("kind" in step ? ([(index + 1) * gapSeconds, step] as const) : step));
  const last = timed.at(-1)?.[0] ?? 0;
  const end = last + gapSeconds;
  const times = [...timed.map(([seconds]) => seconds), end, end + finishSeconds].map((seconds) => seconds * 1_000);
  const { lines } = await SupervisionRun.run({ root, steps: timed.map(([, step]) => step) }, times);
  const parts: string[][] = [];
  for (const line of lines) {
    if (line.startsWith(">")) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}
