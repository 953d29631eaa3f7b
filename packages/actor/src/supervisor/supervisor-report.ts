import type { ActorContext } from "../actor/actor-context.ts";
import { ActorError } from "../errors.ts";
import type { LogFields } from "../runtime/log.ts";
import { describeExit, type ExitReason } from "../signal/exit-reason.ts";
import type { Child } from "./child.ts";
import type { RestartIntensity } from "./restart-intensity.ts";

/**
 * What supervisors log, at level `error`; the words of supervisor.erl in brackets.
 *
 * - `child ended` (child_terminated): by itself, and abnormally or although it is permanent.
 * - `child did not start` (start_error).
 * - `child did not stop in order` (shutdown_error): it crashed on being stopped, or had to be killed.
 * - `supervisor gave up` (shutdown): restarts exceeded the intensity.
 */
export type SupervisorEvent =
  | "child ended"
  | "child did not start"
  | "child did not stop in order"
  | "supervisor gave up";

/** Logs what has happened to `child`, with what there is to know about it. @param more further fields. */
export function report(
  context: ActorContext,
  event: SupervisorEvent,
  { child, reason, ...more }: { child: Child; reason: ExitReason } & LogFields,
): void {
  const { id, actorClass, restart, shutdownMs, significant } = child.spec;
  const cause = causeOf(reason);
  context.log.error(event, {
    child: id,
    className: actorClass.name,
    restart,
    shutdownMs,
    significant,
    reason: describeExit(cause),
    restarts: child.restarts,
    ...more,
    ...stackOf(cause),
  });
}

/** Logs that a child failed; `waitMs` is how long its back-off lets it wait. */
export function reportFailure(
  context: ActorContext,
  event: SupervisorEvent,
  { waitMs, ...failure }: { child: Child; reason: ExitReason; waitMs: number },
): void {
  report(context, event, waitMs > 0 ? { ...failure, restartsInMs: Math.round(waitMs) } : failure);
}

/** Logs that a supervisor ends because of `child`. */
export function giveUp(
  context: ActorContext,
  {
    child,
    reason,
    intensity: { intensity, periodMs },
  }: { child: Child; reason: ExitReason; intensity: RestartIntensity },
): void {
  report(context, "supervisor gave up", { child, reason, intensity, periodMs });
}

/** What went wrong, rather than that a start failed because of it. */
function causeOf(reason: ExitReason): ExitReason {
  if (!(reason instanceof ActorError && reason.code === "startFailed")) return reason;
  const { cause } = reason;
  return cause instanceof Error ? causeOf(cause) : reason;
}

/** An error is the program's: reading it may do anything. */
function stackOf(reason: ExitReason): { stack?: string } {
  try {
    return reason instanceof Error && typeof reason.stack === "string" ? { stack: reason.stack } : {};
  } catch {
    return {};
  }
}
