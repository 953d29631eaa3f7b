import { TransportError } from "../errors.ts";

/** Reads what {@link ByteWriter} wrote, never past the end. Every method throws {@link TransportError} `malformed`. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** One byte. */
  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** Eight bytes, IEEE 754, big-endian. */
  f64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  /** An integer from 0 to 2^53 - 1, in its shortest form or with redundant zero bytes, at most 8 bytes. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new TransportError("malformed", "A varint above 2^53 - 1 was received; the peer is faulty or hostile.");
  }

  /** A string with its length before it. @param bytesMax the longest that is accepted, in bytes. */
  string(bytesMax: number = Number.MAX_SAFE_INTEGER): string {
    const length = this.varint();
    if (length > bytesMax) {
      throw new TransportError("malformed", `A string of ${length} bytes was received where at most ${bytesMax} fit.`);
    }
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  #take(count: number): number {
    const at = this.#position;
    if (count > this.#bytes.length - at) {
      throw new TransportError(
        "malformed",
        `${count} bytes were announced at offset ${at} where ${this.#bytes.length - at} are left.`,
      );
    }
    this.#position = at + count;
    return at;
  }
}
