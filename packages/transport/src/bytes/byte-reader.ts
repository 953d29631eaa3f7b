import { TransportError } from "../errors.ts";
import { shortText, shortTextBytesMax } from "./short-texts.ts";

/** Reads what {@link ByteWriter} wrote, never past the end. Every method throws {@link TransportError} `malformed`. */
export class ByteReader {
  #bytes: Buffer;
  #position = 0;
  #end: number;
  #isOwned = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes);
    this.#end = bytes.length;
  }

  /**
   * Reads the bytes from `start` to `end` from now on, as if it had been made for them; so one reader serves many messages.
   *
   * @param isOwned see {@link isOwned}.
   */
  reset(bytes: Uint8Array, start: number, end: number, isOwned = false): void {
    this.#bytes = asBuffer(bytes);
    this.#position = start;
    this.#end = end;
    this.#isOwned = isOwned;
  }

  /** Whether nobody else will use the bytes, so that what is read from them may be a view. */
  get isOwned(): boolean {
    return this.#isOwned;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** What is read from: the bytes from {@link position} to {@link end} are still to come. */
  get source(): Buffer {
    return this.#bytes;
  }

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
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
    const known = length <= shortTextBytesMax ? shortText(this.#bytes, at, at + length) : undefined;
    return known ?? this.#bytes.toString("utf8", at, at + length);
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
    if (count > this.#end - at) {
      throw new TransportError(
        "malformed",
        `${count} bytes were announced at offset ${at} where ${this.#end - at} are left.`,
      );
    }
    this.#position = at + count;
    return at;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
