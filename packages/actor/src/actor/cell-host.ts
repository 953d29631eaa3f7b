import type { StormLog } from "../log/storm-log.ts";
import type { DeadLetter } from "../message/dead-letter.ts";
import type { DeadLetterNotes } from "../message/dead-letter-log.ts";
import type { AskingSystem } from "../message/reply.ts";
import type { Log } from "../runtime/log.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../system/scheduler.ts";
import type { Crash } from "./crash-log.ts";

/** The system that an actor lives in, as the actor sees it. */
export interface CellHost extends AskingSystem {
  readonly name: string;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly scheduler: Scheduler;
  /** Copies a value as a trip to another node would, when such trips are simulated. */
  readonly simulateRemote: ((value: unknown) => unknown) | undefined;
  /** Counts, logs and tells of a message that reached nobody. */
  deadLetter(letter: DeadLetter, notes?: DeadLetterNotes): void;
  /** The same of a message that waited for an actor when it ended: the log tells of that end already. */
  lostWithItsActor(letter: DeadLetter): void;
  /** Logs an abnormal end, unless there are too many. @param log with the fields of those that tell of it. */
  tellCrash(log: Log, crash: Crash): void;
  /** Logs what happens to many in one moment. */
  readonly storms: StormLog;
  /** The actor with this number has been told to stop. */
  toldToStop(id: number): void;
}
