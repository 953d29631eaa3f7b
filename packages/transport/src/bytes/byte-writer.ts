/** A kept buffer larger than this is given back on {@link ByteWriter.reset}, so one large message does not stay forever. */
const keptBytesMax = 1024 * 1024;
/** Shorter bytes are copied at once: that is as fast. */
const attachedBytesMin = 16 * 1024;

/** Appends primitive values to a buffer that grows as needed. Reuse one writer and {@link reset} it between messages. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;
  /** Bytes of somebody else that stand, uncopied, after the first `#attachedAt` of the buffer's. */
  #attached: Uint8Array | undefined;
  #attachedAt = 0;

  /** @param initialBytes size of the first buffer, in bytes. */
  constructor(initialBytes = 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Bytes written since the last {@link reset}. */
  get length(): number {
    return this.#attached === undefined ? this.#length : this.#length + this.#attached.length;
  }

  /** Forgets everything written after `length` bytes. */
  truncate(length: number): void {
    if (this.#attached !== undefined && length < this.#attachedAt + this.#attached.length) {
      // What stood before it stays, which is all there can be below that length.
      this.#length = Math.min(length, this.#attachedAt);
      this.#attached = undefined;
      return;
    }
    const own = this.#attached === undefined ? length : length - this.#attached.length;
    if (own < this.#length) this.#length = own;
  }

  /** Starts over, in the same buffer. */
  reset(): void {
    this.#length = 0;
    this.#attached = undefined;
    if (this.#buffer.length > keptBytesMax) this.#buffer = Buffer.allocUnsafeSlow(1024);
  }

  /** A view of what was written; valid until the next write or {@link reset}. */
  bytes(): Uint8Array {
    this.#detach();
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies what was written, from offset `from` to `to`, into `target`. */
  copyTo(target: Uint8Array, at: number, { from, to }: { readonly from: number; readonly to: number }): void {
    const attached = this.#attached;
    if (attached === undefined) return target.set(this.#buffer.subarray(from, to), at);
    const [start, end] = [this.#attachedAt, this.#attachedAt + attached.length];
    if (from < start) target.set(this.#buffer.subarray(from, Math.min(to, start)), at);
    const [first, last] = [Math.max(from, start), Math.min(to, end)];
    if (first < last) target.set(attached.subarray(first - start, last - start), at + first - from);
    const rest = Math.max(from, end);
    if (rest < to) target.set(this.#buffer.subarray(rest - attached.length, to - attached.length), at + rest - from);
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
    // Most strings are names: short ASCII, for which the call into native code costs more than this loop.
    const { length } = value;
    const start = this.#length;
    if (length < 24) {
      const at = this.#reserve(length + 1) + 1;
      const buffer = this.#buffer;
      buffer[at - 1] = length;
      let i = 0;
      for (let code = 0; i < length; i++) {
        code = value.charCodeAt(i);
        if (code >= 0x80) break;
        buffer[at + i] = code;
      }
      if (i === length) return;
      this.#length = start;
    }
    const byteLength = Buffer.byteLength(value);
    this.varint(byteLength);
    this.utf8(value, byteLength);
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

  /**
   * Like {@link raw}; of large bytes only a reference is kept, until they are copied out or the writer is reset. They must not
   * change before.
   */
  attach(value: Uint8Array): void {
    if (value.length < attachedBytesMin || this.#attached !== undefined) return this.raw(value);
    this.#attached = value;
    this.#attachedAt = this.#length;
  }

  /** Copies what was attached to its place. */
  #detach(): void {
    const attached = this.#attached;
    if (attached === undefined) return;
    this.#attached = undefined;
    const at = this.#attachedAt;
    const end = this.#length;
    this.#reserve(attached.length);
    this.#buffer.copyWithin(at + attached.length, at, end);
    this.#buffer.set(attached, at);
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
