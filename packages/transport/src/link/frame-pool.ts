/** The largest frame that is pooled: a chunk of the default size with its header. Bytes. */
export const pooledFrameBytes: number = 64 * 1024 + 16;
/** Memory blocks that are kept. With {@link pooledFrameBytes} each, 4 MiB. */
const keptMax = 64;

/**
 * Memory for frames, used again when a connection is done with it.
 *
 * Fresh memory of this size is not cheap: every 64 MiB of it make the garbage collector walk over the whole heap, 20 times a
 * second at 1 GB/s.
 */
export class FramePool {
  readonly #free: Buffer[] = [];

  /** A block of {@link pooledFrameBytes}, with whatever is in it. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(pooledFrameBytes);
  }

  /** Takes back the memory of a frame, whose bytes nobody uses any more. */
  readonly give = (frame: Uint8Array): void => {
    if (frame.buffer.byteLength !== pooledFrameBytes || this.#free.length >= keptMax) return;
    this.#free.push(Buffer.from(frame.buffer));
  };
}
