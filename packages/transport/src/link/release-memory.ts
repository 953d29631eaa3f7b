import { types } from "node:util";

/** Smaller frames are left to the garbage collector. Bytes. */
const releasedBytesMin = 16 * 1024;

/**
 * Gives the memory of a frame that was read back to the system at once.
 *
 * The garbage collector would do it too, but it counts such memory and walks over the whole heap for every 64 MiB of it: at
 * 1 GB/s of frames, 16 times a second. Does nothing when others have a part in the memory.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < releasedBytesMin || byteLength !== buffer.byteLength) return;
  // Whoever still has a view of it finds it empty.
  if (types.isArrayBuffer(buffer)) buffer.transfer(0);
}
