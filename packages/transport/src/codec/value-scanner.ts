import { isUtf8 } from "node:buffer";
import { TransportError } from "../errors.ts";
import { binaryKinds, type CodecLimits, extension, packedKind } from "./extension.ts";

/** Strings up to this many bytes are looked at here; the call into native code costs more. */
const shortStringBytesMax = 40;
const elementBytes: ReadonlyMap<number | undefined, number> = new Map(
  binaryKinds.map(({ number, bytesPerElement }) => [number, bytesPerElement]),
);

/**
 * Walks over the bytes of a value, before msgpackr sees them, and refuses what it must not see: more than the limits
 * allow, extensions that are not on the list, and everything that it would read in its own way without a word.
 *
 * Nothing is allocated on the way, so bytes that announce much cost nothing.
 */
export class ValueScanner {
  readonly #bytes: Uint8Array;
  readonly #limits: CodecLimits;
  readonly #hasReferences: boolean;
  #position = 0;
  #nodes = 0;
  #errors = 0;

  constructor(bytes: Uint8Array, limits: CodecLimits, hasReferences: boolean) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#hasReferences = hasReferences;
  }

  /** Passes if the bytes hold exactly one value that may be unpacked. @throws {TransportError} `malformed`. */
  scan(): void {
    this.#value(0);
    if (this.#position !== this.#bytes.length)
      this.#fail(`${this.#bytes.length - this.#position} bytes follow the value`);
  }

  #value(depth: number): void {
    this.#count(1);
    const token = this.#u8();
    if (token < 0x80 || token >= 0xe0) return;
    if (token < 0x90) return this.#object(token & 0x0f, depth);
    if (token < 0xa0) return this.#array(token & 0x0f, depth);
    if (token < 0xc0) return this.#string(token & 0x1f);
    switch (token) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
        return this.#skip(this.#u8());
      case 0xc5:
        return this.#skip(this.#u16());
      case 0xc6:
        return this.#skip(this.#u32());
      case 0xc7:
        return this.#extension(this.#u8());
      case 0xc8:
        return this.#extension(this.#u16());
      case 0xc9:
        return this.#extension(this.#u32());
      case 0xcc:
      case 0xd0:
        return this.#skip(1);
      case 0xcd:
      case 0xd1:
        return this.#skip(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#skip(4);
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#skip(8);
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
        this.#fail(`byte 0x${token.toString(16)} begins no value`);
    }
  }

  #array(length: number, depth: number): void {
    this.#enter(length, depth);
    for (let i = 0; i < length; i++) this.#value(depth + 1);
  }

  #object(length: number, depth: number): void {
    this.#enter(length * 2, depth);
    for (let i = 0; i < length; i++) {
      this.#count(1);
      if (!this.#stringAfter(this.#u8())) this.#fail("the key of an object is no string");
      this.#value(depth + 1);
    }
  }

  /** Steps over a string that `token` begins; false if it begins none. */
  #stringAfter(token: number): boolean {
    if (token >= 0xa0 && token < 0xc0) this.#string(token & 0x1f);
    else if (token === 0xd9) this.#string(this.#u8());
    else if (token === 0xda) this.#string(this.#u16());
    else if (token === 0xdb) this.#string(this.#u32());
    else return false;
    return true;
  }

  #string(length: number): void {
    const start = this.#position;
    this.#skip(length);
    const bytes = this.#bytes;
    const end = start + length;
    if (length <= shortStringBytesMax) {
      let at = start;
      while (at < end && (bytes[at] as number) < 0x80) at++;
      if (at === end) return;
    }
    if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf && length >= 3)
      this.#fail("a string begins with a byte order mark");
    if (!isUtf8(bytes.subarray(start, end))) this.#fail("a string is not valid UTF-8");
  }

  #extension(length: number): void {
    const type = this.#u8();
    const start = this.#position;
    this.#skip(length);
    if (type === extension.bigint) {
      // msgpackr fills up to multiples of 8 bytes.
      if (length === 0 || length > Math.ceil(this.#limits.bigintBytesMax / 8) * 8)
        this.#fail(`a bigint of ${length} bytes is not read`);
    } else if (type === extension.binary) {
      const size = length === 0 ? undefined : elementBytes.get(this.#bytes[start]);
      if (size === undefined || (length - 1) % size !== 0) this.#fail("a binary value is broken");
    } else {
      this.#failExtension(type);
    }
  }

  /** What follows an extension of one byte: nothing, or a packed value. */
  #marked(depth: number): void {
    const type = this.#u8();
    if (this.#u8() !== 0) this.#fail("a marker carries a value");
    if (type === extension.packed) this.#packed(depth, 1);
    else if (type !== extension.undefined) this.#failExtension(type);
  }

  /** @param chainLength which one it is in a chain of causes, if it is an error. */
  #packed(depth: number, chainLength: number): void {
    const length = this.#arrayLength() - 1;
    if (length < 0) this.#fail("a packed value is empty");
    const kind = this.#u8();
    switch (kind) {
      case packedKind.negativeZero:
        return this.#expect(length === 0, "-0");
      case packedKind.date:
        this.#expect(length === 1, "a date");
        return this.#number(this.#u8());
      case packedKind.text:
        this.#expect(length === 1, "a text");
        return this.#codeUnits(this.#u8());
      case packedKind.map:
        this.#expect(length % 2 === 0, "a map");
        return this.#array(length, depth);
      case packedKind.set:
        return this.#array(length, depth);
      case packedKind.error:
        this.#expect(length === 3 || length === 4, "an error");
        return this.#error(length, depth, chainLength);
      case packedKind.entries:
        this.#expect(length % 2 === 0, "an object");
        return this.#entries(length, depth);
      case packedKind.reference:
        this.#expect(length === 1 && this.#hasReferences, "a reference");
        return this.#array(length, depth);
      default:
        this.#fail(`packed values of kind ${kind} are unknown`);
    }
  }

  #expect(isRight: boolean, what: string): void {
    if (!isRight) this.#fail(`${what} is broken or not allowed`);
  }

  #arrayLength(): number {
    const token = this.#u8();
    if (token >= 0x90 && token < 0xa0) return token & 0x0f;
    if (token === 0xdc) return this.#u16();
    if (token === 0xdd) return this.#u32();
    return this.#fail("a packed value is no array");
  }

  #number(token: number): void {
    if (token < 0x80 || token >= 0xe0) return;
    if (token === 0xcc || token === 0xd0) this.#skip(1);
    else if (token === 0xcd || token === 0xd1) this.#skip(2);
    else if (token === 0xca || token === 0xce || token === 0xd2) this.#skip(4);
    else if (token === 0xcb) this.#skip(8);
    else this.#fail("a number was expected");
  }

  #codeUnits(token: number): void {
    const length = token === 0xc4 ? this.#u8() : token === 0xc5 ? this.#u16() : token === 0xc6 ? this.#u32() : 1;
    this.#expect(length % 2 === 0, "a text");
    this.#skip(length);
  }

  /** A string, or one that is packed as text. */
  #text(): void {
    const token = this.#u8();
    if (this.#stringAfter(token)) return;
    const isPacked = token === 0xd4 && this.#u8() === extension.packed && this.#u8() === 0;
    this.#expect(isPacked && this.#u8() === 0x92 && this.#u8() === packedKind.text, "a text");
    this.#codeUnits(this.#u8());
  }

  #entries(length: number, depth: number): void {
    this.#enter(length, depth);
    for (let i = 0; i < length; i += 2) {
      this.#count(1);
      this.#text();
      this.#value(depth + 1);
    }
  }

  #error(length: number, depth: number, chainLength: number): void {
    if (++this.#errors > this.#limits.errorsMax) this.#fail(`it holds more than ${this.#limits.errorsMax} errors`);
    if (chainLength > this.#limits.causeDepthMax) this.#fail("an error has too long a chain of causes");
    this.#enter(length, depth);
    this.#count(3);
    this.#text();
    this.#text();
    this.#code();
    if (length === 4) this.#cause(depth + 1, chainLength + 1);
  }

  /** Nil, a string or a number; all of them also as they are packed. */
  #code(): void {
    const at = this.#position;
    const token = this.#u8();
    if (token === 0xc0 || this.#stringAfter(token)) return;
    if (token !== 0xd4) return this.#number(token);
    const kind = this.#bytes[at + 4];
    this.#expect(kind === packedKind.text || kind === packedKind.negativeZero, "the code of an error");
    this.#marked(0);
  }

  #cause(depth: number, chainLength: number): void {
    const bytes = this.#bytes;
    const at = this.#position;
    if (bytes[at] !== 0xd4 || bytes[at + 1] !== extension.packed || bytes[at + 2] !== 0) return this.#value(depth);
    this.#count(1);
    this.#position = at + 3;
    this.#packed(depth, chainLength);
  }

  /** Checks a container before its members are looked at: each of them takes at least one byte. */
  #enter(members: number, depth: number): void {
    if (depth >= this.#limits.depthMax) this.#fail(`it is nested deeper than ${this.#limits.depthMax} levels`);
    if (members > this.#bytes.length - this.#position) this.#fail(`${members} members are announced and cannot follow`);
    if (members > this.#limits.nodesMax - this.#nodes) this.#failCount();
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > this.#limits.nodesMax) this.#failCount();
  }

  #u8(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) return this.#fail("it ends too early");
    this.#position += 1;
    return byte;
  }

  #u16(): number {
    return (this.#u8() << 8) | this.#u8();
  }

  #u32(): number {
    return this.#u16() * 0x1_0000 + this.#u16();
  }

  #skip(count: number): void {
    const left = this.#bytes.length - this.#position;
    if (count > left) this.#fail(`${count} bytes are announced where ${left} are left`);
    this.#position += count;
  }

  #failCount(): never {
    return this.#fail(`it holds more than ${this.#limits.nodesMax} values`);
  }

  #failExtension(type: number): never {
    return this.#fail(`extension type ${type} is not allowed`);
  }

  #fail(what: string): never {
    throw new TransportError("malformed", `The received value cannot be read at offset ${this.#position}: ${what}.`);
  }
}
