import type { AutoShutdown, Restart, Shutdown, Strategy } from "@foundation/actor";

/** What a worker does when its supervisor asks it to stop. */
type StopBehaviour = "orderly" | "slow" | "ignores" | "crashes";

/** How a worker's start fails, when it is its turn to fail. */
type StartFailure = "constructor" | "throw" | "reject";

export interface WorkerSpec {
  readonly kind: "worker";
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdownMs: Shutdown;
  readonly stop: StopBehaviour;
  readonly failure: StartFailure;
}

export interface SupervisorSpec {
  readonly kind: "supervisor";
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdownMs: "infinity" | "brutalKill";
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  readonly intensity: number;
  readonly periodMs: number;
  readonly children: readonly NodeSpec[];
}

/** A supervisor of workers that are all like its template: `simple_one_for_one`. */
export interface DynamicSpec {
  readonly kind: "dynamic";
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly shutdownMs: "infinity" | "brutalKill";
  readonly intensity: number;
  readonly periodMs: number;
  readonly template: WorkerSpec;
}

export type NodeSpec = WorkerSpec | SupervisorSpec | DynamicSpec;

/** How a worker ends by itself. */
export type Ending = "crash" | "normal" | "shutdown" | "shutdownDetail" | "kill";

export type Step =
  /** Workers of one supervisor end before it hears of any of them. */
  | { readonly kind: "ends"; readonly supervisor: string; readonly ends: readonly (readonly [string, Ending])[] }
  /** The next starts of a worker fail. */
  | { readonly kind: "failStarts"; readonly id: string; readonly times: number }
  | { readonly kind: "startChild"; readonly supervisor: string; readonly child: NodeSpec }
  | { readonly kind: "startDynamic"; readonly supervisor: string; readonly id: string }
  | {
      readonly kind: "terminateChild" | "restartChild" | "deleteChild";
      readonly supervisor: string;
      readonly id: string;
    }
  | { readonly kind: "killSupervisor"; readonly supervisor: string }
  /** Nothing happens for some whole seconds. */
  | { readonly kind: "pause"; readonly seconds: number };

/** A tree of supervisors and what happens to it, one step after the other, each to its end. */
export interface SupervisionCase {
  readonly root: SupervisorSpec;
  readonly steps: readonly Step[];
}

/** How long a slow worker takes to stop. Virtual milliseconds. */
export const slowStopMs = 5;

/**
 * A worker's spec for a child of a dynamic supervisor. Its id begins with `d`, by which the order of parallel stops can be
 * told from that of the others.
 */
export function dynamicWorker({ template }: DynamicSpec, id: string): WorkerSpec {
  return { ...template, id };
}

/** A step as one line. */
export function describeStep(step: Step): string {
  const { kind, ...rest } = step;
  return `${kind} ${JSON.stringify(rest)}`;
}
