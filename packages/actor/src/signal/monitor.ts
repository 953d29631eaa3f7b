import type { ActorRef } from "../message/ref.ts";
import type { ExitReason } from "./exit-reason.ts";

/** The message of a {@link Monitor}: its target is gone. */
export interface Down {
  readonly monitor: Monitor;
  readonly ref: ActorRef;
  readonly reason: ExitReason;
}

/** One observation of another actor. It ends by exactly one `Down` or by `cancel`. */
export interface Monitor {
  /** Ends the observation; `onDown` is not called for it afterwards, not even for a `Down` that waits already. */
  cancel(): void;
}
