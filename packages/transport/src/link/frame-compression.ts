import * as zlib from "node:zlib";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import { frameBytesMax } from "../websocket/wire-limits.ts";
import { frameKind } from "./frame.ts";

/** One way to pack frames. Works on one frame at a time, so it never holds the event loop for longer than 256 KiB take. */
export interface FrameCompression {
  readonly name: "deflate" | "zstd";
  /** On the wire. */
  readonly number: number;
  pack(frame: Uint8Array): Uint8Array;
  /** @throws when more than `bytesMax` bytes come out. */
  unpack(packed: Uint8Array, bytesMax: number): Uint8Array;
}

/** Shorter frames gain nothing. Bytes. */
const packedBytesMin = 512;

const deflate: FrameCompression = {
  name: "deflate",
  number: 1,
  // The fastest level: others cost twice the time for a few percent.
  pack: (frame) => zlib.deflateRawSync(frame, { level: 1 }),
  unpack: (packed, bytesMax) => zlib.inflateRawSync(packed, { maxOutputLength: bytesMax }),
};

const zstd: FrameCompression = {
  name: "zstd",
  number: 2,
  pack: (frame) => zlib.zstdCompressSync(frame, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }),
  unpack: (packed, bytesMax) => zlib.zstdDecompressSync(packed, { maxOutputLength: bytesMax, params: zstdWindow }),
};

/** A frame is no longer than this window; others would have us take 128 MiB for a few bytes. */
const zstdWindow = { [zlib.constants.ZSTD_d_windowLogMax]: Math.log2(frameBytesMax) };

/** Every way there is. */
export const frameCompressions: readonly FrameCompression[] = [zstd, deflate];
/** The ways that this Node has, the better ones first: zstd came with 22.15. */
export const frameUnpackers: readonly FrameCompression[] =
  typeof zlib.zstdCompressSync === "function" ? frameCompressions : [deflate];

/** `frame` packed, or itself when that is not shorter. */
export function packFrame(frame: Uint8Array, compression: FrameCompression): Uint8Array {
  if (frame.length < packedBytesMin) return frame;
  const packed = compression.pack(frame);
  const writer = new ByteWriter(packed.length + 8);
  writer.u8(frameKind.packed);
  writer.u8(compression.number);
  writer.varint(frame.length);
  writer.raw(packed);
  return writer.length < frame.length ? writer.bytes() : frame;
}

/** The frame inside one of kind `packed`. @throws {TransportError} `malformed`; no more memory is taken than a frame may have. */
export function unpackFrame(frame: Uint8Array): Uint8Array {
  const reader = new ByteReader(frame);
  reader.u8();
  const number = reader.u8();
  const compression = frameUnpackers.find((each) => each.number === number);
  const length = reader.varint();
  if (compression === undefined) throw malformed(`packed by algorithm ${number}, which was not announced here`);
  if (length < packedBytesMin || length > frameBytesMax) throw malformed(`${length} bytes long, unpacked`);
  const unpacked = unpackAtMost(compression, reader.rest(), length);
  if (unpacked.length !== length)
    throw malformed(`${unpacked.length} bytes long, unpacked, where ${length} were announced`);
  return unpacked;
}

function unpackAtMost(compression: FrameCompression, packed: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return compression.unpack(packed, bytesMax);
  } catch (cause) {
    throw new TransportError("malformed", "A frame that cannot be unpacked was received.", { cause });
  }
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The peer broke the protocol: a frame is ${what}.`);
}
