import { isAscii, isUtf8 } from "node:buffer";
import { TransportError } from "../errors.ts";
import { binaryKinds, type CodecLimits, extension, type ReferenceCodec } from "./extension.ts";
import { cachedKeyBytesMax, type KeyCache } from "./key-cache.ts";

const errorClasses: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((one) => [one.name, one]),
);

/** Strings up to this many bytes are put together here; the call into native code costs more. */
const shortStringBytesMax = 20;

/** Reads one value and checks every byte on the way; nothing is allocated for what has not arrived. */
export class ValueDecoder {
  readonly #bytes: Buffer;
  readonly #limits: CodecLimits;
  readonly #reference: ReferenceCodec | undefined;
  readonly #keys: KeyCache;
  #position = 0;
  #nodes = 0;
  #errors = 0;

  constructor(
    bytes: Uint8Array,
    limits: CodecLimits,
    context: { reference: ReferenceCodec | undefined; keys: KeyCache },
  ) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
    this.#reference = context.reference;
    this.#keys = context.keys;
  }

  /** The one value that the bytes hold. @throws {TransportError} `malformed`. */
  read(): unknown {
    const value = this.#value(0);
    if (this.#position !== this.#bytes.length)
      this.#fail(`${this.#bytes.length - this.#position} bytes follow the value`);
    return value;
  }

  #value(depth: number): unknown {
    if (++this.#nodes > this.#limits.nodesMax) this.#fail(`it holds more than ${this.#limits.nodesMax} values`);
    const token = this.#u8();
    if (token < 0x80) return token;
    if (token < 0x90) return this.#object(token & 0x0f, depth);
    if (token < 0xa0) return this.#array(token & 0x0f, depth);
    if (token < 0xc0) return this.#string(token & 0x1f);
    if (token >= 0xe0) return token - 0x100;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#u8());
      case 0xc5:
        return this.#binary(this.#u16());
      case 0xc6:
        return this.#binary(this.#u32());
      case 0xc7:
        return this.#extension(this.#u8());
      case 0xc8:
        return this.#extension(this.#u16());
      case 0xc9:
        return this.#extension(this.#u32());
      case 0xca:
        return this.#bytes.readFloatBE(this.#take(4));
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#take(8));
      case 0xcc:
        return this.#u8();
      case 0xcd:
        return this.#u16();
      case 0xce:
        return this.#u32();
      case 0xcf:
        return this.#bytes.readBigUInt64BE(this.#take(8));
      case 0xd0:
        return this.#bytes.readInt8(this.#take(1));
      case 0xd1:
        return this.#bytes.readInt16BE(this.#take(2));
      case 0xd2:
        return this.#bytes.readInt32BE(this.#take(4));
      case 0xd3:
        return this.#bytes.readBigInt64BE(this.#take(8));
      case 0xd4:
        return this.#marked(depth);
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(2 << (token - 0xd5));
      case 0xd9:
        return this.#string(this.#u8());
      case 0xda:
        return this.#string(this.#u16());
      case 0xdb:
        return this.#string(this.#u32());
      case 0xdc:
        return this.#array(this.#u16(), depth);
      case 0xdd:
        return this.#array(this.#u32(), depth);
      case 0xde:
        return this.#object(this.#u16(), depth);
      case 0xdf:
        return this.#object(this.#u32(), depth);
      default:
        return this.#fail(`byte 0x${token.toString(16)} begins no value`);
    }
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    const array = new Array<unknown>(length);
    for (let i = 0; i < length; i++) array[i] = this.#value(depth + 1);
    return array;
  }

  #object(length: number, depth: number): Record<string, unknown> {
    this.#enter(length * 2, depth);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#key();
      const value = this.#value(depth + 1);
      // An assignment would set the prototype; as own data the key is as harmless as any other.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else {
        object[key] = value;
      }
    }
    return object;
  }

  #key(): string {
    this.#nodes += 1;
    const token = this.#u8();
    if (token >= 0xa0 && token < 0xc0) {
      const length = token & 0x1f;
      const start = this.#take(length);
      const known = length <= cachedKeyBytesMax ? this.#keys.get(this.#bytes, start, start + length) : undefined;
      if (known !== undefined) return known;
      this.#position = start;
      return this.#string(length);
    }
    switch (token) {
      case 0xd9:
        return this.#string(this.#u8());
      case 0xda:
        return this.#string(this.#u16());
      case 0xdb:
        return this.#string(this.#u32());
      case 0xc7:
      case 0xc8:
      case 0xc9: {
        const key = this.#extension(token === 0xc7 ? this.#u8() : token === 0xc8 ? this.#u16() : this.#u32());
        if (typeof key === "string") return key;
      }
    }
    return this.#fail("the key of an object is no string");
  }

  #string(length: number): string {
    const start = this.#take(length);
    const end = start + length;
    const bytes = this.#bytes;
    if (length <= shortStringBytesMax) {
      let text = "";
      let at = start;
      for (; at < end; at++) {
        const byte = bytes[at] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (at === end) return text;
    }
    const part = bytes.subarray(start, end);
    if (isAscii(part)) return part.toString("latin1");
    if (!isUtf8(part)) this.#fail("a string is not valid UTF-8");
    return part.toString("utf8");
  }

  #binary(length: number): Buffer {
    const start = this.#take(length);
    return Buffer.copyBytesFrom(this.#bytes, start, length);
  }

  /** The value after a one-byte marker. */
  #marked(depth: number): unknown {
    const type = this.#u8();
    const filler = this.#u8();
    if (filler !== 0) this.#fail("a marker carries a value");
    switch (type) {
      case extension.undefined:
        return undefined;
      case extension.error:
        return this.#error(depth, 1);
      case extension.map:
        return this.#map(depth);
      case extension.set:
        return new Set(this.#arrayAfterMarker(depth));
      case extension.reference:
        return this.#readReference(depth);
      default:
        return this.#failExtension(type);
    }
  }

  #map(depth: number): Map<unknown, unknown> {
    const entries = this.#arrayAfterMarker(depth);
    if (entries.length % 2 !== 0) this.#fail("a map ends with a key");
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < entries.length; i += 2) map.set(entries[i], entries[i + 1]);
    return map;
  }

  #arrayAfterMarker(depth: number): unknown[] {
    return this.#array(this.#arrayLength(), depth);
  }

  #arrayLength(): number {
    const token = this.#u8();
    if (token >= 0x90 && token < 0xa0) return token & 0x0f;
    if (token === 0xdc) return this.#u16();
    if (token === 0xdd) return this.#u32();
    return this.#fail("no array follows a marker that needs one");
  }

  #error(depth: number, chainLength: number): Error {
    if (++this.#errors > this.#limits.errorsMax) this.#fail(`it holds more than ${this.#limits.errorsMax} errors`);
    if (chainLength > this.#limits.causeDepthMax) this.#fail("an error has too long a chain of causes");
    const length = this.#arrayLength();
    if (length !== 3 && length !== 4) this.#fail("an error has three or four fields");
    this.#enter(length, depth);
    const name = this.#value(depth + 1);
    const message = this.#value(depth + 1);
    const code = this.#value(depth + 1);
    if (typeof name !== "string" || typeof message !== "string") this.#fail("an error has no name or message");
    if (code !== null && typeof code !== "string" && typeof code !== "number")
      this.#fail("an error has a strange code");
    const error = bareError(name, message);
    if (code !== null) Object.assign(error, { code });
    if (length === 4) {
      const cause = this.#isErrorNext() ? this.#error(depth + 1, chainLength + 1) : this.#value(depth + 1);
      Object.defineProperty(error, "cause", { value: cause, writable: true, configurable: true });
    }
    return error;
  }

  /** Skips the marker of an error if one comes next. */
  #isErrorNext(): boolean {
    const at = this.#position;
    if (this.#bytes[at] !== 0xd4 || this.#bytes[at + 1] !== extension.error || this.#bytes[at + 2] !== 0) return false;
    this.#position = at + 3;
    return true;
  }

  #readReference(depth: number): unknown {
    if (!this.#reference) return this.#failExtension(extension.reference);
    this.#enter(0, depth);
    const plain = this.#value(depth + 1);
    try {
      return this.#reference.decode(plain);
    } catch (cause) {
      throw new TransportError("malformed", "A reference in the received value means nothing here.", { cause });
    }
  }

  #extension(length: number): unknown {
    const type = this.#u8();
    const start = this.#take(length);
    switch (type) {
      case extension.date:
        if (length !== 8) this.#fail("a date has 8 bytes");
        return new Date(this.#bytes.readDoubleBE(start));
      case extension.bigint:
        return this.#bigint(start, length);
      case extension.utf16:
        if (length % 2 !== 0) this.#fail("a UTF-16 string ends in half a unit");
        return this.#bytes.toString("utf16le", start, start + length);
      case extension.binary:
        return this.#typedArray(start, length);
      default:
        return this.#failExtension(type);
    }
  }

  #bigint(start: number, length: number): bigint {
    if (length === 0 || length > this.#limits.bigintBytesMax) this.#fail(`a bigint of ${length} bytes is not read`);
    const value = BigInt(`0x${this.#bytes.toString("hex", start, start + length)}`);
    return BigInt.asIntN(length * 8, value);
  }

  #typedArray(start: number, length: number): unknown {
    const kind = binaryKinds.find(({ number }) => number === this.#bytes[start]);
    if (length === 0 || !kind || (length - 1) % kind.bytesPerElement !== 0)
      return this.#fail("a binary value is broken");
    // A copy of its own: aligned, and no view into memory that holds other things.
    const copy = new Uint8Array(length - 1);
    copy.set(this.#bytes.subarray(start + 1, start + length));
    return kind.revive(copy.buffer);
  }

  /** Checks a container before anything is allocated for it: each of its members takes at least one byte. */
  #enter(members: number, depth: number): void {
    if (depth >= this.#limits.depthMax) this.#fail(`it is nested deeper than ${this.#limits.depthMax} levels`);
    if (members > this.#bytes.length - this.#position) this.#fail(`${members} members are announced and cannot follow`);
    if (members > this.#limits.nodesMax - this.#nodes) this.#fail(`it holds more than ${this.#limits.nodesMax} values`);
  }

  #u8(): number {
    if (this.#position === this.#bytes.length) this.#fail("it ends too early");
    return this.#bytes[this.#position++] as number;
  }

  #u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  #u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  #take(count: number): number {
    const at = this.#position;
    if (count > this.#bytes.length - at)
      this.#fail(`${count} bytes are announced where ${this.#bytes.length - at} are left`);
    this.#position = at + count;
    return at;
  }

  #failExtension(type: number): never {
    return this.#fail(`extension type ${type} is not allowed`);
  }

  #fail(what: string): never {
    throw new TransportError("malformed", `The received value cannot be read at offset ${this.#position}: ${what}.`);
  }
}

/** An error without a stack of this process: it happened elsewhere, and collecting one is what makes errors slow. */
function bareError(name: string, message: string): Error {
  const Class = errorClasses.get(name) ?? Error;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Class(message);
  Error.stackTraceLimit = limit;
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, writable: true, configurable: true });
  Object.defineProperty(error, "stack", { value: `${name}: ${message}`, writable: true, configurable: true });
  return error;
}
