import type { Actor } from "./actor.ts";
import { ActorError } from "./errors.ts";
import { type ExitReason, isAbnormal } from "./exit-reason.ts";
import type { ActorClass } from "./protocol.ts";

/** When an ended child is started again: always, only after an abnormal end, never. */
export type Restart = "permanent" | "transient" | "temporary";

/** How a supervisor starts, restarts and stops one child. Made by {@link childSpec}, which checks the arguments' types. */
export interface ChildSpec {
  /** Identifies the child within its supervisor. */
  readonly id: string;
  readonly actorClass: ActorClass;
  readonly args: unknown[];
  /** Default `permanent`. */
  readonly restart: Restart;
  /** Milliseconds a child may take to stop before it is killed. Default 5 000. */
  readonly shutdownMs: number;
}

/** What {@link childSpec} fills in by itself. */
export interface ChildSpecOptions<Args extends unknown[]> {
  /** Default: the class's name. */
  readonly id?: string;
  readonly args?: Args;
  readonly restart?: Restart;
  readonly shutdownMs?: number;
}

/**
 * Describes a child of a supervisor.
 *
 * @throws ActorError `invalidOption` when `shutdownMs` is not a number of 0 or more.
 */
export function childSpec<A extends Actor, Args extends unknown[]>(
  actorClass: ActorClass<A, Args>,
  options: ChildSpecOptions<Args> = {},
): ChildSpec {
  const { id = actorClass.name, args = [] as unknown[] as Args, restart = "permanent", shutdownMs = 5_000 } = options;
  if (!(shutdownMs >= 0 && shutdownMs < 2 ** 31)) {
    throw new ActorError("invalidOption", `shutdownMs of child ${id} is ${shutdownMs}; allowed is 0 to 2^31 - 1`);
  }
  return { id, actorClass, args, restart, shutdownMs };
}

/** Whether a child with this restart type is started again after it ended for `reason`. */
export function shouldRestart(restart: Restart, reason: ExitReason): boolean {
  switch (restart) {
    case "permanent":
      return true;
    case "transient":
      return isAbnormal(reason);
    case "temporary":
      return false;
    default:
      return restart satisfies never;
  }
}
