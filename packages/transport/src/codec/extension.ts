/**
 * Extension types of MessagePack that a payload may hold. Everything else is refused before it is looked at.
 *
 * All but `packed` are msgpackr's own.
 */
export const extension = {
  /** One byte 0 (`d4 00 00`): `undefined`. */
  undefined: 0x00,
  /** Big-endian two's complement of a bigint that does not fit 64 bits. */
  bigint: 0x42,
  /** One byte for the kind of array (see {@link binaryKinds}), then its bytes in the order of this machine. */
  binary: 0x74,
  /**
   * `d4 5e 00`, then an array whose first element is a {@link packedKind}: what msgpackr would change on the way.
   *
   * The number is free to choose. msgpackr and its documentation use none near it, but its table of types is one for the
   * process: see `message-pack.ts` for what happens when somebody else chose it as well.
   */
  packed: 0x5e,
} as const;

/** What stands in a packed value, by the first element of its array; the others are named here. */
export const packedKind = {
  /** Nothing more: -0. */
  negativeZero: 0,
  /** Milliseconds since 1970; NaN for an invalid date. */
  date: 1,
  /** UTF-16 code units in little-endian order, as bytes: a string with lone surrogates or a byte order mark in front. */
  text: 2,
  /** Keys and values in turn. */
  map: 3,
  /** The members. */
  set: 4,
  /** Name, message, code or nil, and the cause if there is one. */
  error: 5,
  /** Keys and values in turn: a plain object with a key that msgpackr changes. */
  entries: 6,
  /** The plain form of a reference. */
  reference: 7,
} as const;

/** Constructors of binary values other than Buffer, by the number that stands for them. */
export const binaryKinds: readonly {
  readonly number: number;
  readonly bytesPerElement: number;
  readonly prototype: object;
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
  { number: 16, bytesPerElement: 1, prototype: ArrayBuffer.prototype },
  { number: 17, bytesPerElement: 1, prototype: DataView.prototype },
];

interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
}

function kind(number: number, Constructor: TypedArrayConstructor) {
  return {
    number,
    bytesPerElement: Constructor.BYTES_PER_ELEMENT,
    prototype: Constructor.prototype,
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
