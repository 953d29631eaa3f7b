/**
 * Extension types of MessagePack that a payload may hold. Everything else is refused before it is looked at.
 *
 * The types from `reference` on are one-byte markers (`0xd4`, type, 0) with a value after them, as msgpackr writes them too.
 */
export const extension = {
  /** Marker alone: `undefined`. */
  undefined: 0x00,
  /** Big-endian two's complement of a bigint that does not fit 64 bits. */
  bigint: 0x42,
  /** Milliseconds since 1970 as a 64-bit float; NaN for an invalid date. */
  date: 0x44,
  /** One byte for the kind of array (see {@link binaryKinds}), then its bytes in little-endian order. */
  binary: 0x74,
  /** A string with lone surrogates, as UTF-16 code units in little-endian order. */
  utf16: 0x75,
  /** Marker, then the plain form of a reference. */
  reference: 0x52,
  /** Marker, then an array of name, message, code or nil, and the cause if there is one. */
  error: 0x65,
  /** Marker, then an array of keys and values in turn. */
  map: 0x6d,
  /** Marker, then an array of the members. */
  set: 0x73,
} as const;

/** Constructors of binary values other than Buffer, by the number that stands for them. */
export const binaryKinds: readonly {
  readonly number: number;
  readonly bytesPerElement: number;
  readonly prototype: object;
  readonly revive: (buffer: ArrayBuffer) => unknown;
}[] = [
  kind(0, Int8Array),
  kind(1, Uint8Array),
  kind(2, Uint8ClampedArray),
  kind(3, Int16Array),
  kind(4, Uint16Array),
  kind(5, Int32Array),
  kind(6, Uint32Array),
  kind(7, Float32Array),
  kind(8, Float64Array),
  kind(9, BigInt64Array),
  kind(10, BigUint64Array),
  { number: 16, bytesPerElement: 1, prototype: ArrayBuffer.prototype, revive: (buffer) => buffer },
  { number: 17, bytesPerElement: 1, prototype: DataView.prototype, revive: (buffer) => new DataView(buffer) },
];

interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
  new (buffer: ArrayBuffer): unknown;
}

function kind(number: number, Constructor: TypedArrayConstructor) {
  return {
    number,
    bytesPerElement: Constructor.BYTES_PER_ELEMENT,
    prototype: Constructor.prototype,
    revive: (buffer: ArrayBuffer): unknown => new Constructor(buffer),
  };
}

/** Limits of what one payload may hold; the same for encoding and decoding. */
export interface CodecLimits {
  /** Nesting of arrays, objects, maps, sets and errors. Default 64. */
  readonly depthMax: number;
  /** Values in all, keys included. Default 1 000 000: below 64 MB of empty objects. */
  readonly nodesMax: number;
  /** Errors in all; they are slow to create. Default 1 024. */
  readonly errorsMax: number;
  /** The longest bigint, in bytes. Default 8 192. */
  readonly bigintBytesMax: number;
  /** Errors in a chain of causes; the sender cuts the rest. Default 4. */
  readonly causeDepthMax: number;
}

export const defaultLimits: CodecLimits = {
  depthMax: 64,
  nodesMax: 1_000_000,
  errorsMax: 1024,
  bigintBytesMax: 8192,
  causeDepthMax: 4,
};

/** The one kind of object, besides plain data, that may cross: for example a reference to an actor. */
export interface ReferenceCodec {
  /** Whether `value`, which is an object, is a reference. Must not throw. */
  is(value: object): boolean;
  /** Its form as plain data. */
  encode(value: unknown): unknown;
  /** The reference that `plain` stands for. It throws when `plain` is not of that form. */
  decode(plain: unknown): unknown;
}
