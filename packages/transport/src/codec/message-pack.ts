import { addExtension, Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from "msgpackr";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { extension, type ReferenceCodec } from "./extension.ts";
import { PackedValue } from "./packed-value.ts";
import { revive } from "./packed-value-revival.ts";

const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  moreTypes: true,
  // Without it a map has at most 65 535 keys.
  variableMapSize: true,
  // Values are sent as they are, not as what a method makes of them.
  useToJSON: false,
  copyBuffers: true,
});

/** What msgpackr packs into grows to the largest message; above this many bytes it is given back. */
const keptBytesMax = 1024 * 1024;
/** Longer messages are unpacked where they are: copying them costs more than it saves. */
const copiedBytesMax = 64 * 1024;

/** Pack into the buffer of the call before; what was returned then is overwritten. */
const packMode = REUSE_BUFFER_MODE | RESET_BUFFER_MODE;

/**
 * msgpackr keeps a `DataView` with the buffer it reads, so it is given the same one every time. That also keeps it from
 * putting the view into the buffer of the caller.
 */
const unpackBuffer = Buffer.allocUnsafeSlow(copiedBytesMax);

/** What the extension's reader needs to know of the call it is in; one at a time, as unpacking is synchronous. */
let isUnpacking = false;
let referenceInUse: ReferenceCodec | undefined;

const reader = {
  type: extension.packed,
  read: (content: unknown): unknown => {
    if (!isUnpacking) throw new Error(`Extension type ${extension.packed} belongs to Foundation's codec.`);
    return revive(content as readonly unknown[], referenceInUse);
  },
};

addExtension({ ...reader, Class: PackedValue, write: (value: PackedValue) => value.content });

/** Appends `value`, which must have been prepared, to `writer`. */
export function packInto(writer: ByteWriter, value: unknown): void {
  const packed = packr.pack(value, packMode) as Buffer & { readonly start: number; readonly end: number };
  writer.raw(packed.subarray(packed.start, packed.end));
  if (packed.length > keptBytesMax) packr.useBuffer(Buffer.allocUnsafeSlow(8192));
}

/** The value in `bytes`, which must have been scanned; it holds no view of them. */
export function unpackFrom(bytes: Uint8Array, reference: ReferenceCodec | undefined): unknown {
  // msgpackr goes on with a Uint8Array after a call within a call, and would return those where Buffers were sent.
  if (isUnpacking) throw new Error("A reference cannot be decoded by decoding another value.");
  const { length } = bytes;
  let source: Uint8Array = unpackBuffer;
  if (length <= copiedBytesMax) source.set(bytes);
  else source = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  // The table of extensions is one for the process and the last to register wins; a second copy of this package, or
  // somebody with the same number, may have done so since.
  addExtension(reader);
  isUnpacking = true;
  referenceInUse = reference;
  try {
    return packr.unpack(source, length);
  } finally {
    isUnpacking = false;
    referenceInUse = undefined;
  }
}
