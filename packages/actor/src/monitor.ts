import type { ExitReason } from "./exit-reason.ts";
import type { ActorRef } from "./ref.ts";

/** The message of a {@link Monitor}: its target is gone. */
export interface Down {
  readonly monitor: Monitor;
  readonly ref: ActorRef;
  readonly reason: ExitReason;
}

/** One observation of another actor. It ends by exactly one `Down` or by `cancel`. */
export interface Monitor {
  /** Ends the observation; `onDown` is not called for it afterwards. */
  cancel(): void;
}
