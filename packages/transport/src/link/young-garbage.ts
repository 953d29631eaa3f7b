import type { Runtime } from "@foundation/actor";

/** Bytes that are read between two collections: half of what makes V8 mark the whole heap. */
const bytesBetween = 3 * 1024 * 1024;
/** After a collection, so many times as long as they take passes before the next one: at most a third of the time goes into them. */
const pause = 2;
/** How much one collection counts in the moving average of what they take: one may be held up by another process. */
const weight = 1 / 8;

/**
 * Has young garbage collected while much is read.
 *
 * V8 takes the memory of Buffers, which is outside of its heap, for growth of the heap: after some 8 MiB of it, alive or not, it
 * marks everything that lives. At 500 MB/s that is 50 times a second, and takes most of both cores' time. What was read is
 * mostly dead by then, and a collection of what died young frees it in a fraction of a millisecond.
 */
export class YoungGarbage {
  readonly #runtime: Pick<Runtime, "now" | "collectYoung">;
  #bytes = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #collectionMs = 0;

  constructor(runtime: Pick<Runtime, "now" | "collectYoung">) {
    this.#runtime = runtime;
  }

  /** So many bytes were read and handled. */
  read(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < bytesBetween) return;
    const startedAt = this.#runtime.now();
    if (startedAt < this.#nextAt) return;
    this.#bytes = 0;
    this.#runtime.collectYoung?.();
    const endedAt = this.#runtime.now();
    this.#collectionMs += (endedAt - startedAt - this.#collectionMs) * weight;
    this.#nextAt = endedAt + pause * this.#collectionMs;
  }
}
