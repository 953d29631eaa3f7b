import type { StormLog } from "../log/storm-log.ts";
import { isError } from "../realm/native-class.ts";
import type { Log } from "../runtime/log.ts";
import { describeExit, type ExitReason } from "../signal/exit-reason.ts";
import type { Crash } from "./crash-log.ts";
import { isDragged } from "./crash-report.ts";

/** An actor that has ended. */
interface Ended {
  readonly system: { tellCrash(log: Log, crash: Crash): void; readonly storms: StormLog };
  readonly protocol: { readonly className: string };
  readonly log: Log;
}

/** Tells of an abnormal end: one event for a crash. */
export function tellEnd(actor: Ended, reason: ExitReason): void {
  if (isDragged(actor)) actor.log.debug("actor ended with one that it is linked to", { reason: describeExit(reason) });
  // Those that kill say why.
  else if (reason !== "killed") tellCrash(actor, reason);
}

/** Tells of a crash, or of an end that no code has brought about. */
export function tellCrash(actor: Ended, reason: ExitReason): void {
  const { className } = actor.protocol;
  const how = isError(reason)
    ? ({ event: "actor crashed", level: "error" } as const)
    : ({ event: "actor ended abnormally", level: "warn" } as const);
  actor.system.tellCrash(actor.log, { ...how, className, reason, actor });
}

/** Tells that an actor is killed whose `onStop` does not end. */
export function tellStuck(actor: Ended, timeoutMs: number): void {
  const [event, subject] = ["actor killed: its onStop did not end", actor.protocol.className];
  actor.system.storms.tell(actor.log, { level: "warn", event, subject, fields: { timeoutMs } });
}
