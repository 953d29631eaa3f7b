import type { ActorError } from "../errors.ts";

/** A stream that an actor's code reads, as that actor and its system see it. */
export interface ReadStream {
  /** The actor that reads has ended. */
  readerEnded(error: ActorError): void;
  /** Ends the stream in order: its reader is to end. */
  giveUp(): void;
}
