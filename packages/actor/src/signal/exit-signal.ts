import type { ActorRef } from "../message/ref.ts";
import type { ExitReason } from "./exit-reason.ts";

/** What actors say to each other about links and ends. */
export type ExitSignal =
  /** `from` has linked itself to the receiver. */
  | { readonly kind: "link"; readonly from: ActorRef }
  /** `from` has taken the link back. */
  | { readonly kind: "unlink"; readonly from: ActorRef }
  /** `from` has ended, and was linked to the receiver. */
  | { readonly kind: "linkedExit"; readonly from: ActorRef; readonly reason: ExitReason }
  /** `from` wants the receiver to end; `kill` cannot be trapped. */
  | { readonly kind: "exit"; readonly from: ActorRef; readonly reason: ExitReason | "kill" };

/** What an actor that traps exits is told by `onExit`. */
export interface Exit {
  /** Who has ended, or has sent the signal. */
  readonly from: ActorRef;
  readonly reason: ExitReason;
}
