import type { ReadStream } from "../contract/read-stream.ts";
import type { ActorError } from "../errors.ts";
import type { StreamProducer } from "../stream/stream-producer.ts";
import type { HandlerExecution } from "./execution.ts";

/** What an actor has begun and not finished: handlers that wait for a promise, streams that somebody reads or that it reads. */
export class UnderWay {
  /** The one that holds the mailbox, if any, and those of reentrant methods. */
  readonly handlers: Set<HandlerExecution> = new Set();
  readonly streams: Set<StreamProducer> = new Set();
  #reading: Set<ReadStream> | undefined;

  reads(stream: ReadStream): void {
    this.#reading ??= new Set();
    this.#reading.add(stream);
  }

  readsNoMore(stream: ReadStream): void {
    this.#reading?.delete(stream);
  }

  /** What the actor reads. */
  get reading(): Iterable<ReadStream> {
    return this.#reading ?? [];
  }

  /** Whether a handler is at work, or somebody reads. What the actor itself reads occupies its source. */
  get isEmpty(): boolean {
    return this.handlers.size === 0 && this.streams.size === 0;
  }

  /** The actor has ended: nobody will finish this. The handlers ran in part, so their messages were not handed back. */
  abandon(noproc: () => ActorError): void {
    for (const { envelope, fate } of this.handlers) if (fate === "answer") envelope?.replyTo?.fail(noproc());
    this.handlers.clear();
    for (const stream of [...this.streams]) stream.hostEnded(noproc());
    for (const stream of [...(this.#reading ?? [])]) stream.readerEnded(noproc());
  }
}
