import type { ActorError } from "../errors.ts";
import type { Envelope } from "./envelope.ts";
import type { ReadStream } from "./read-stream.ts";

/**
 * One run of a handler or hook: whose it is, and for which message.
 *
 * It follows the code over every `await`, so that a nested ask knows its asker's deadline and a forgotten promise that
 * rejects belongs to the actor that made it.
 */
export interface Execution {
  readonly owner: ExecutionOwner;
  /** The message that is being handled, or `hookAtWork`; undefined in what goes on after handler or hook have returned. */
  readonly envelope: Envelope | undefined;
}

/** The actor that running code belongs to, as what that code calls sees it. */
export interface ExecutionOwner {
  /** The system that it lives in. */
  readonly system: object;
  readonly protocol: { readonly className: string };
  readonly isAlive: boolean;
  /** The message whose handler is on the stack, when it is one that returns no promise. */
  readonly takenEnvelope: Envelope | undefined;
  /** What askers of an actor that has ended get. */
  noproc(): ActorError;
  /**
   * @param what its handler or hook did that is running here, in the past tense.
   * @throws ActorError `askSelf` when it holds this actor until it is through.
   */
  assertNotHeldHere(what: string, instead: string): void;
  /** A promise that its code made and forgot was rejected. */
  promiseRejected(error: unknown): void;
  /** Its code has opened a stream, which ends with the actor. */
  reads(stream: ReadStream): void;
  readsNoMore(stream: ReadStream): void;
}
