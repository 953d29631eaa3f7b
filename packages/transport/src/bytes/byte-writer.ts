/** A kept buffer larger than this is given back on {@link ByteWriter.reset}, so one large message does not stay forever. */
const keptBytesMax = 1024 * 1024;

/** Appends primitive values to a buffer that grows as needed. Reuse one writer and {@link reset} it between messages. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  /** @param initialBytes size of the first buffer, in bytes. */
  constructor(initialBytes = 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Bytes written since the last {@link reset}. */
  get length(): number {
    return this.#length;
  }

  /** Forgets everything written after `length` bytes. */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length;
  }

  /** Starts over, in the same buffer. */
  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafeSlow(1024);
  }

  /** A view of what was written; valid until the next write or {@link reset}. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** One byte. */
  u8(value: number): void {
    if (this.#length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#length++] = value;
  }

  /** Two bytes, big-endian. */
  u16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
  }

  /** Four bytes, big-endian; negative numbers as two's complement. */
  u32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer[at] = value >>> 24;
    this.#buffer[at + 1] = value >>> 16;
    this.#buffer[at + 2] = value >>> 8;
    this.#buffer[at + 3] = value;
  }

  /** Eight bytes, big-endian two's complement; bits above 64 are cut. */
  u64(value: bigint): void {
    // First the place, which may be in a new buffer.
    const at = this.#reserve(8);
    this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, value), at);
  }

  /** Eight bytes, IEEE 754, big-endian. */
  f64(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** Seven bits a byte, lowest first. @param value an integer from 0 to 2^53 - 1. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** UTF-8 with a varint length before it. */
  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.utf8(value, length);
  }

  /** UTF-8 alone. @param length the byte length of `value`, as `Buffer.byteLength` gives it. */
  utf8(value: string, length: number): void {
    const at = this.#reserve(length);
    if (length === value.length && length < 24) {
      // One byte a character means ASCII; the call into native code costs more than this loop for short strings.
      for (let i = 0; i < length; i++) this.#buffer[at + i] = value.charCodeAt(i);
    } else {
      this.#buffer.write(value, at, length, "utf8");
    }
  }

  /** Bytes as they are, with no length. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#buffer.length) this.#grow(count);
    this.#length = at + count;
    return at;
  }

  #grow(count: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#length + count));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
