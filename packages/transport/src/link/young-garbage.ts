import type { Runtime } from "@foundation/actor";

/**
 * Memory of Buffers that is made between two collections. V8 marks the whole heap after 8 MiB, and what is alive counts, too: large
 * messages that are put together or wait for their actor.
 */
const bytesBetween = 3 * 1024 * 1024;

/**
 * Has young garbage collected while much is read.
 *
 * V8 takes the memory of Buffers, which is outside of its heap, for growth of the heap: after some 8 MiB of it, alive or not, it
 * marks everything that lives. At 500 MB/s that is 50 times a second, and takes most of both cores' time. What was read is
 * mostly dead by then, and a collection of what died young frees it in a fraction of a millisecond.
 *
 * Bytes alone set the pace. A pause that follows from how long collections take, as there once was, grows where other processes hold
 * them up, until V8 marks instead, which is then held up far longer. Nor is one needed where much survives: V8 moves an object
 * twice at most, however often it looks.
 */
export class YoungGarbage {
  readonly #runtime: Pick<Runtime, "collectYoung">;
  #bytes = 0;

  constructor(runtime: Pick<Runtime, "collectYoung">) {
    this.#runtime = runtime;
  }

  /** So many bytes of Buffers were made for what was read. */
  made(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < bytesBetween) return;
    this.#bytes = 0;
    this.#runtime.collectYoung?.();
  }
}
