import type { ActorContext } from "../actor/actor-context.ts";
import { classNameOf } from "../actor/class-name.ts";
import { crashFields } from "../actor/crash-report.ts";
import { describeExitWithCauses } from "../log/error-report.ts";
import type { LogFields } from "../runtime/log.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
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
  const { latest, spec } = child;
  context.system.tellCrash(context.log, {
    event,
    className: classNameOf(spec.actorClass),
    reason,
    fields: { ...aboutChild(child), ...more },
    actor: latest?.recipient,
  });
}

function aboutChild({ spec: { id, actorClass, restart }, restarts }: Child): LogFields {
  return {
    child: id,
    ...(id === classNameOf(actorClass) ? {} : { class: classNameOf(actorClass) }),
    restart,
    restarts,
  };
}

/** Logs that a child failed; `waitMs` is how long its back-off lets it wait. */
export function reportFailure(
  context: ActorContext,
  event: SupervisorEvent,
  { waitMs, ...failure }: { child: Child; reason: ExitReason; waitMs: number },
): void {
  report(context, event, waitMs > 0 ? { ...failure, restartsInMs: Math.round(waitMs) } : failure);
}

/** Logs why a child that a caller asked for did not start: a warning only, for the caller gets the error as well. */
export function reportRefusedStart(context: ActorContext, child: Child, reason: Error): void {
  if (context.system.cellOf(context.self) === undefined) return;
  const fields = { ...aboutChild(child), ...crashFields(reason) };
  const [event, subject] = ["child did not start for its caller", classNameOf(child.spec.actorClass)];
  context.system.storms.tell(context.log, { level: "warn", event, subject, fields });
}

/** Logs that a supervisor ends because of `child`, and notes it for the errors of later asks. */
export function giveUp(
  context: ActorContext,
  {
    child,
    reason,
    intensity: { intensity, periodMs },
  }: { child: Child; reason: ExitReason; intensity: RestartIntensity },
): void {
  const event: SupervisorEvent = "supervisor gave up";
  const { id, actorClass } = child.spec;
  const fields = { ...aboutChild(child), intensity, periodMs, ...crashFields(reason) };
  context.system.storms.tell(context.log, { level: "error", event, subject: classNameOf(actorClass), fields });
  const limit = `${intensity} ${intensity === 1 ? "restart" : "restarts"} in ${periodMs} ms`;
  const why = `child ${JSON.stringify(id)} ended more often than ${limit}, at last for ${describeExitWithCauses(reason)}`;
  context.endNote = `it gave up: ${why}`;
  context.system.gaveUp(context.self, why);
}
