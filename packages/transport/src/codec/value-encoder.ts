import { types } from "node:util";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import { binaryKinds, type CodecLimits, extension, type ReferenceCodec } from "./extension.ts";

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const bufferPrototype = Buffer.prototype;
const kindByPrototype: ReadonlyMap<object, (typeof binaryKinds)[number]> = new Map(
  binaryKinds.map((kind) => [kind.prototype, kind]),
);

/**
 * Writes one value as MessagePack, and checks it on the way.
 *
 * Checking and writing are one walk, so what was checked is what is sent, whatever a getter answers the second time.
 */
export class ValueEncoder {
  readonly #writer: ByteWriter;
  readonly #limits: CodecLimits;
  readonly #reference: ReferenceCodec | undefined;
  /** Keys from the root to the value at hand; only the first `depth` ones mean something. */
  readonly #path: (string | number)[] = [];
  #nodes = 0;
  #errors = 0;

  constructor(writer: ByteWriter, limits: CodecLimits, reference: ReferenceCodec | undefined) {
    this.#writer = writer;
    this.#limits = limits;
    this.#reference = reference;
  }

  /** Writes `value`, which stands `depth` levels below the root. @throws {TransportError} `notSerializable`. */
  write(value: unknown, depth: number): void {
    if (++this.#nodes > this.#limits.nodesMax) this.#refuse(`it holds more than ${this.#limits.nodesMax} values`, 0);
    switch (typeof value) {
      case "string":
        this.#string(value);
        return;
      case "number":
        this.#number(value);
        return;
      case "boolean":
        this.#writer.u8(value ? 0xc3 : 0xc2);
        return;
      case "undefined":
        this.#marker(extension.undefined);
        return;
      case "bigint":
        this.#bigint(value, depth);
        return;
      case "object":
        if (value === null) this.#writer.u8(0xc0);
        else this.#object(value, depth);
        return;
      default:
        this.#refuse(`a ${typeof value} cannot be sent`, depth);
    }
  }

  #object(value: object, depth: number): void {
    if (depth >= this.#limits.depthMax) this.#refuseDepth(depth);
    // A proxy can answer differently every time it is asked.
    if (types.isProxy(value)) this.#refuse("a Proxy cannot be sent", depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === arrayPrototype && Array.isArray(value)) this.#array(value, depth);
    else if (this.#reference?.is(value)) this.#writeReference(this.#reference.encode(value), depth);
    else if (prototype === objectPrototype || prototype === null)
      this.#plainObject(value as Record<string, unknown>, depth);
    else if (prototype === bufferPrototype) this.#buffer(value as Buffer, depth);
    else if (types.isDate(value)) this.#date(value, prototype, depth);
    else if (types.isMap(value)) this.#map(value, prototype, depth);
    else if (types.isSet(value)) this.#set(value, prototype, depth);
    else if (types.isNativeError(value)) this.#error(value, depth, 1);
    else this.#binary(value, prototype, depth);
  }

  #array(value: readonly unknown[], depth: number): void {
    const { length } = value;
    this.#arrayHeader(length, depth);
    for (let i = 0; i < length; i++) {
      this.#path[depth] = i;
      this.write(value[i], depth + 1);
    }
  }

  #plainObject(value: Record<string, unknown>, depth: number): void {
    // A marker such as Symbol.toStringTag on Promise-like plain objects is of no interest: only named fields are sent.
    const keys = Object.keys(value);
    this.#header(keys.length, { small: 0x80, medium: 0xde, large: 0xdf });
    for (const key of keys) {
      this.#path[depth] = key;
      this.#nodes += 1;
      this.#string(key);
      this.write(this.#read(value, key, depth + 1), depth + 1);
    }
  }

  /** A field of an object; a getter may throw. */
  #read(value: object, key: string, depth: number): unknown {
    try {
      return (value as Record<string, unknown>)[key];
    } catch (error) {
      return this.#refuse("its getter threw", depth, error);
    }
  }

  #map(value: Map<unknown, unknown>, prototype: unknown, depth: number): void {
    if (prototype !== Map.prototype) this.#refuseClass(value, depth);
    this.#marker(extension.map);
    this.#arrayHeader(value.size * 2, depth);
    let index = 0;
    Map.prototype.forEach.call(value, (entry: unknown, key: unknown) => {
      this.#path[depth] = `key ${index}`;
      this.write(key, depth + 1);
      this.#path[depth] = `value ${index++}`;
      this.write(entry, depth + 1);
    });
  }

  #set(value: Set<unknown>, prototype: unknown, depth: number): void {
    if (prototype !== Set.prototype) this.#refuseClass(value, depth);
    this.#marker(extension.set);
    this.#arrayHeader(value.size, depth);
    let index = 0;
    Set.prototype.forEach.call(value, (member: unknown) => {
      this.#path[depth] = `member ${index++}`;
      this.write(member, depth + 1);
    });
  }

  #date(value: Date, prototype: unknown, depth: number): void {
    if (prototype !== Date.prototype) this.#refuseClass(value, depth);
    this.#writer.u8(0xd7);
    this.#writer.u8(extension.date);
    this.#writer.f64(Date.prototype.getTime.call(value));
  }

  #error(value: Error, depth: number, chainLength: number): void {
    if (depth >= this.#limits.depthMax) this.#refuseDepth(depth);
    if (++this.#errors > this.#limits.errorsMax) this.#refuse(`it holds more than ${this.#limits.errorsMax} errors`, 0);
    const name = this.#read(value, "name", depth);
    const message = this.#read(value, "message", depth);
    const code = this.#read(value, "code", depth);
    const hasCause = Object.hasOwn(value, "cause") && chainLength < this.#limits.causeDepthMax;
    this.#marker(extension.error);
    this.#arrayHeader(hasCause ? 4 : 3, depth);
    this.#string(typeof name === "string" ? name : "Error");
    this.#string(typeof message === "string" ? message : "");
    if (typeof code === "string") this.#string(code);
    else if (typeof code === "number") this.#number(code);
    else this.#writer.u8(0xc0);
    if (!hasCause) return;
    this.#path[depth] = "cause";
    const cause = this.#read(value, "cause", depth + 1);
    if (types.isNativeError(cause)) this.#error(cause, depth + 1, chainLength + 1);
    else this.write(cause, depth + 1);
  }

  #writeReference(plain: unknown, depth: number): void {
    this.#marker(extension.reference);
    this.#path[depth] = "reference";
    this.write(plain, depth + 1);
  }

  #buffer(value: Buffer, depth: number): void {
    this.#refuseShared(value.buffer, depth);
    const { length } = value;
    if (length < 0x100) {
      this.#writer.u8(0xc4);
      this.#writer.u8(length);
    } else if (length < 0x1_0000) {
      this.#writer.u8(0xc5);
      this.#writer.u16(length);
    } else {
      this.#writer.u8(0xc6);
      this.#writer.u32(length);
    }
    this.#writer.raw(value);
  }

  #binary(value: object, prototype: unknown, depth: number): void {
    const kind = kindByPrototype.get(prototype as object);
    if (!kind || !(ArrayBuffer.isView(value) || types.isArrayBuffer(value))) return this.#refuseClass(value, depth);
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value as ArrayBuffer);
    this.#refuseShared(bytes.buffer, depth);
    this.#extensionHeader(extension.binary, bytes.length + 1);
    this.#writer.u8(kind.number);
    this.#writer.raw(bytes);
  }

  #refuseShared(buffer: ArrayBufferLike, depth: number): void {
    if (types.isSharedArrayBuffer(buffer)) this.#refuse("memory that is shared between threads cannot be sent", depth);
  }

  #number(value: number): void {
    const writer = this.#writer;
    if (Number.isInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) {
        if (value < 0x80) return writer.u8(value);
        if (value < 0x100) {
          writer.u8(0xcc);
          return writer.u8(value);
        }
        if (value < 0x1_0000) {
          writer.u8(0xcd);
          return writer.u16(value);
        }
        if (value < 0x1_0000_0000) {
          writer.u8(0xce);
          return writer.u32(value);
        }
      } else if (value >= -0x20) {
        return writer.u8(value);
      } else if (value >= -0x8000_0000) {
        writer.u8(0xd2);
        return writer.u32(value);
      }
    }
    writer.u8(0xcb);
    writer.f64(value);
  }

  #bigint(value: bigint, depth: number): void {
    const writer = this.#writer;
    if (value === BigInt.asIntN(64, value)) {
      writer.u8(0xd3);
      writer.u64(value);
      return;
    }
    // Two's complement: of -x - 1 the inverted bytes.
    const digits = (value < 0n ? ~value : value).toString(16);
    const hex = digits.length % 2 === 1 ? `0${digits}` : digits;
    const bytes = Buffer.from(/^[89a-f]/.test(hex) ? `00${hex}` : hex, "hex");
    if (bytes.length > this.#limits.bigintBytesMax) {
      this.#refuse(`a bigint above ${this.#limits.bigintBytesMax} bytes cannot be sent`, depth);
    }
    if (value < 0n) for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] as number);
    this.#extensionHeader(extension.bigint, bytes.length);
    writer.raw(bytes);
  }

  #string(value: string): void {
    const writer = this.#writer;
    const bytes = Buffer.byteLength(value);
    // One byte a character: ASCII, where no surrogate can stand alone.
    if (bytes !== value.length && !value.isWellFormed()) {
      const units = Buffer.from(value, "utf16le");
      this.#extensionHeader(extension.utf16, units.length);
      writer.raw(units);
      return;
    }
    if (bytes < 0x20) {
      writer.u8(0xa0 | bytes);
    } else if (bytes < 0x100) {
      writer.u8(0xd9);
      writer.u8(bytes);
    } else if (bytes < 0x1_0000) {
      writer.u8(0xda);
      writer.u16(bytes);
    } else {
      writer.u8(0xdb);
      writer.u32(bytes);
    }
    writer.utf8(value, bytes);
  }

  #marker(type: number): void {
    this.#writer.u8(0xd4);
    this.#writer.u8(type);
    this.#writer.u8(0);
  }

  #extensionHeader(type: number, length: number): void {
    if (length < 0x100) {
      this.#writer.u8(0xc7);
      this.#writer.u8(length);
    } else if (length < 0x1_0000) {
      this.#writer.u8(0xc8);
      this.#writer.u16(length);
    } else {
      this.#writer.u8(0xc9);
      this.#writer.u32(length);
    }
    this.#writer.u8(type);
  }

  #arrayHeader(length: number, depth: number): void {
    // A sparse array may claim billions of elements; they are not even counted one by one.
    if (length > this.#limits.nodesMax) this.#refuse(`it holds more than ${this.#limits.nodesMax} values`, depth);
    this.#header(length, { small: 0x90, medium: 0xdc, large: 0xdd });
  }

  #header(length: number, kind: { small: number; medium: number; large: number }): void {
    if (length < 0x10) {
      this.#writer.u8(kind.small | length);
    } else if (length < 0x1_0000) {
      this.#writer.u8(kind.medium);
      this.#writer.u16(length);
    } else {
      this.#writer.u8(kind.large);
      this.#writer.u32(length);
    }
  }

  #refuseDepth(depth: number): never {
    return this.#refuse(`it is nested deeper than ${this.#limits.depthMax} levels, or contains itself`, depth);
  }

  #refuseClass(value: object, depth: number): never {
    const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return this.#refuse(`an instance of ${typeof name === "string" && name ? name : "a class"} cannot be sent`, depth);
  }

  #refuse(what: string, depth: number, cause?: unknown): never {
    // The path of a cycle is long and says nothing beyond its first round.
    const keys = this.#path.slice(0, Math.min(depth, 16));
    const path = keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${key.slice(0, 64)}`)).join("");
    throw new TransportError(
      "notSerializable",
      `The value at $${path} cannot be sent: ${what}; send plain data, or keep it and send a ref.`,
      cause === undefined ? undefined : { cause },
    );
  }
}
