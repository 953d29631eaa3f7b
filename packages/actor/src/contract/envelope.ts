import type { Method } from "./method.ts";
import type { ReplyTo } from "./reply-to.ts";

/** One message on its way to a handler. */
export interface Envelope {
  readonly method: Method;
  readonly args: readonly unknown[];
  /** Where the result goes; absent for messages that want none. */
  readonly replyTo: ReplyTo | undefined;
  /** How long it was on the wire, when it came from another node. Bytes. */
  readonly bytes?: number;
}
