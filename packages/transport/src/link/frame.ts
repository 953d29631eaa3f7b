import { ByteWriter } from "../bytes/byte-writer.ts";

/** The first byte of every frame on an authenticated connection. */
export const frameKind = {
  /** Whole messages, each with its length before it as a varint. */
  batch: 0x10,
  /** The first part of a large message, after the message's total length as a varint. */
  firstChunk: 0x11,
  /** A further part of the large message that was begun. */
  chunk: 0x12,
  /** Permission for as many more large frames as the varint says. */
  credit: 0x13,
  /** The passive side asks the initiator to open a connection for the channel named. */
  open: 0x14,
  /** The sender leaves on purpose; the reason follows as UTF-8. */
  goodbye: 0x15,
  /** A sign of life is wanted on this very connection. */
  probe: 0x16,
  /** The answer to a probe. */
  probed: 0x17,
  /** A batch, firstChunk or chunk frame, packed: the algorithm's number, the frame's length as a varint, then its bytes. */
  packed: 0x18,
  /** The first frame of both sides on a connection of a reliable channel: how many of its messages have arrived, in all. */
  resume: 0x19,
  /** So many messages of a reliable channel have arrived on this connection, in all. */
  acknowledge: 0x1a,
} as const;

/**
 * A batch or chunk longer than this, unpacked, costs its sender one credit, and its receiver returns one. Both sides see the
 * length, so nothing has to be negotiated. Short frames are free: they delay nobody.
 */
export const freeFrameBytesMax = 4096;

/** Chunks before the last one are at least this long, so that a message cannot be cut into countless pieces. */
export const chunkBytesMin = 1024;

/** Bytes that a varint takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** A frame of `kind` with a number. */
export function countFrame(kind: number, count: number): Uint8Array {
  const writer = new ByteWriter(10);
  writer.u8(kind);
  writer.varint(count);
  return writer.bytes();
}

/** A frame of `kind` with a short text. */
export function textFrame(kind: number, text: string): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(kind);
  writer.string(text);
  return writer.bytes();
}

/** A frame that says nothing but its kind. */
export function bareFrame(kind: number): Uint8Array {
  return Uint8Array.of(kind);
}
