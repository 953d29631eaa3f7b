import type { FoundationError } from "../errors.ts";

/** Where the outcome of an ask goes. The first outcome counts; later ones are dropped. */
export interface ReplyTo {
  /** The handler's result. */
  succeed(value: unknown): void;
  /** The handler's error, or that the outcome is not known (`timeout`, `nodedown`). */
  fail(error: unknown): void;
  /** The message was handed back: no handler has seen it and none will, so it may be sent again. */
  refuse(error: FoundationError): void;
  /** Milliseconds that the asker will still wait; infinite when that is not known here. */
  timeLeftMs(): number;
  /** Whether the asker has taken its ask back: a message that still waits then need not be handled. */
  readonly isAborted: boolean;
  /** Set by whoever keeps a record of the ask; called once when its outcome is known, by whatever means. */
  onSettled: (() => void) | undefined;
}
