import type { Actor } from "../actor/actor.ts";
import type { ActorClass } from "../actor/protocol.ts";
import { ActorError } from "../errors.ts";
import { type ExitReason, isAbnormal } from "../signal/exit-reason.ts";

/** When an ended child is started again: always, only after an abnormal end, never. */
export type Restart = "permanent" | "transient" | "temporary";

/**
 * How a supervisor stops a child: milliseconds it has before it is killed; `brutalKill`: none, it is killed at once;
 * `infinity`: it is waited for, the right choice for a child that is a supervisor itself.
 */
export type Shutdown = number | "brutalKill" | "infinity";

/** How a supervisor starts, restarts and stops one child. Made by {@link childSpec}, which checks the arguments' types. */
export interface ChildSpec {
  /** Identifies the child within its supervisor. */
  readonly id: string;
  readonly actorClass: ActorClass;
  readonly args: unknown[];
  readonly restart: Restart;
  readonly shutdownMs: Shutdown;
  /** Milliseconds that the child's `onStart` may take before the start has failed with `timeout`. */
  readonly startMs: number;
  /** Whether the child's end may end its supervisor, see `autoShutdown`. */
  readonly significant: boolean;
}

/** What {@link childSpec} fills in by itself. */
export interface ChildSpecOptions<Args extends unknown[]> {
  /** Default: the class's name. */
  readonly id?: string;
  readonly args?: Args;
  /** Default `permanent`. */
  readonly restart?: Restart;
  /** Default 5 000 ms, `infinity` for supervisors. */
  readonly shutdownMs?: Shutdown;
  /** Default 30 000 ms, infinite for supervisors, whose children have limits of their own. */
  readonly startMs?: number;
  /** Default `false`. */
  readonly significant?: boolean;
}

const restarts: ReadonlySet<unknown> = new Set<Restart>(["permanent", "transient", "temporary"]);
/** Longer than this is `infinity`: what a timer can hold. Milliseconds. */
const timerMsMax = 2 ** 31 - 1;

/**
 * Describes a child of a supervisor.
 *
 * @throws ActorError `invalidOption` for values out of range, and for a significant child that is permanent: its end would
 * never be final.
 */
export function childSpec<A extends Actor, Args extends unknown[]>(
  actorClass: ActorClass<A, Args>,
  options: ChildSpecOptions<Args> = {},
): ChildSpec {
  const { id = actorClass.name, args = [] as unknown[] as Args, restart = "permanent", significant = false } = options;
  const isSupervisor = actorClass.isSupervisor === true;
  const shutdownMs = options.shutdownMs ?? (isSupervisor ? "infinity" : 5_000);
  const startMs = options.startMs ?? (isSupervisor ? Number.POSITIVE_INFINITY : 30_000);
  const refuse = (what: string): never => {
    throw new ActorError("invalidOption", `child ${JSON.stringify(id)}: ${what}`);
  };
  if (!restarts.has(restart)) refuse(`restart is ${String(restart)}; allowed are ${[...restarts].join(", ")}`);
  if (!(shutdownMs === "brutalKill" || shutdownMs === "infinity" || (shutdownMs >= 0 && shutdownMs <= timerMsMax))) {
    refuse(`shutdownMs is ${String(shutdownMs)}; allowed are 0 to 2^31 - 1 ms, brutalKill and infinity`);
  }
  if (!(startMs > 0)) refuse(`startMs is ${startMs}; allowed is more than 0`);
  if (significant && restart === "permanent") refuse("a permanent child is never gone, so it cannot be significant");
  return { id, actorClass, args, restart, shutdownMs, startMs, significant };
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
