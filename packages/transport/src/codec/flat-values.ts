import { types } from "node:util";
import type { ByteReader } from "../bytes/byte-reader.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { shortText, shortTextBytesMax } from "../bytes/short-texts.ts";

/** Elements of an array that are looked at here; it has a header of one byte. */
const elementsMax = 15;
const arrayPrototype = Array.prototype;
const bufferPrototype = Buffer.prototype;
const arrayBufferPrototype = ArrayBuffer.prototype;

/**
 * Appends a short array of simple values, or one simple value, in the bytes that the general way gives them, many times as
 * fast: the arguments and results of most calls are such. Simple are null, undefined, booleans, numbers, short ASCII strings and
 * Buffers.
 *
 * @returns `false` for everything else; `writer` may hold a part of it then.
 */
export function writeFlat(value: unknown, writer: ByteWriter): boolean {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== arrayPrototype) {
    return writeSimple(value, writer);
  }
  // A proxy can answer differently every time it is asked.
  if (!Array.isArray(value) || value.length > elementsMax || types.isProxy(value)) return false;
  writer.u8(0x90 | value.length);
  for (let i = 0; i < value.length; i++) if (!writeSimple(value[i], writer)) return false;
  return true;
}

function writeSimple(value: unknown, writer: ByteWriter): boolean {
  switch (typeof value) {
    case "number":
      return writeNumber(value, writer);
    case "string":
      return writeText(value, writer);
    case "boolean":
      writer.u8(value ? 0xc3 : 0xc2);
      return true;
    case "undefined":
      writer.u8(0xd4);
      writer.u16(0);
      return true;
    case "object":
      if (value !== null) return writeBuffer(value, writer);
      writer.u8(0xc0);
      return true;
    default:
      return false;
  }
}

function writeNumber(value: number, writer: ByteWriter): boolean {
  if (value >>> 0 === value) {
    // -0 is told apart by its sign alone.
    if (value === 0 && Object.is(value, -0)) return false;
    if (value < 0x80) writer.u8(value);
    else if (value < 0x100) writer.u16(0xcc00 | value);
    else if (value < 0x1_0000) {
      writer.u8(0xcd);
      writer.u16(value);
    } else {
      writer.u8(0xce);
      writer.u32(value);
    }
  } else if (value >= -0x20 && value < 0 && Number.isInteger(value)) {
    writer.u8(0x100 + value);
  } else if (value >> 0 === value) {
    return false;
  } else {
    writer.u8(0xcb);
    writer.f64(value);
  }
  return true;
}

function writeText(value: string, writer: ByteWriter): boolean {
  const { length } = value;
  if (length > shortTextBytesMax) return false;
  for (let i = 0; i < length; i++) if (value.charCodeAt(i) >= 0x80) return false;
  if (length < 0x20) writer.u8(0xa0 | length);
  else writer.u16(0xd900 | length);
  writer.utf8(value, length);
  return true;
}

function writeBuffer(value: object, writer: ByteWriter): boolean {
  if (Object.getPrototypeOf(value) !== bufferPrototype || !ArrayBuffer.isView(value)) return false;
  const bytes = value as Buffer;
  const { length, buffer } = bytes;
  // Not shared between threads, and not given away to one.
  if (length === 0 || Object.getPrototypeOf(buffer) !== arrayBufferPrototype) return false;
  if (length < 0x100) writer.u16(0xc400 | length);
  else if (length < 0x1_0000) {
    writer.u8(0xc5);
    writer.u16(length);
  } else {
    writer.u8(0xc6);
    writer.u32(length);
  }
  writer.attach(bytes);
  return true;
}

/** What {@link readFlat} answers for everything that is not simple. */
export const notFlat: unique symbol = Symbol("not flat");

/** Where the reading stands; one call at a time, as it is synchronous. */
let position = 0;

/**
 * The value in all that is left, when it is one that {@link writeFlat} writes: checked and read in one pass, without msgpackr.
 *
 * It holds no view of the bytes, unless these belong to the reader's user alone and are mostly that value.
 *
 * @returns {@link notFlat} for other values, and for bytes that are none. The reader stands where it stood.
 */
export function readFlat(reader: ByteReader): unknown {
  const { source, end, isOwned } = reader;
  position = reader.position;
  const token = position < end ? (source[position] as number) : 0xc1;
  let value: unknown;
  if (token >= 0x90 && token < 0xa0) {
    position += 1;
    value = readArray(source, end, isOwned, token & 0x0f);
  } else {
    value = readSimple(source, end, isOwned);
  }
  return position === end ? value : notFlat;
}

function readArray(source: Buffer, end: number, isOwned: boolean, length: number): unknown {
  // Most calls have one argument.
  if (length === 1) {
    const only = readSimple(source, end, isOwned);
    return only === notFlat ? notFlat : [only];
  }
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const value = readSimple(source, end, isOwned);
    if (value === notFlat) return notFlat;
    values.push(value);
  }
  return values;
}

function readSimple(source: Buffer, end: number, isOwned: boolean): unknown {
  if (position >= end) return notFlat;
  const token = source[position++] as number;
  if (token < 0x80) return token;
  if (token >= 0xe0) return token - 0x100;
  if (token >= 0xa0 && token < 0xc0) return readText(source, end, token & 0x1f);
  switch (token) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
      return readBuffer(source, end, isOwned, 1);
    case 0xc5:
      return readBuffer(source, end, isOwned, 2);
    case 0xc6:
      return readBuffer(source, end, isOwned, 4);
    case 0xcc:
      return readUnsigned(source, end, 1);
    case 0xcd:
      return readUnsigned(source, end, 2);
    case 0xce:
      return readUnsigned(source, end, 4);
    case 0xcb:
      if (end - position < 8) return notFlat;
      position += 8;
      return source.readDoubleBE(position - 8);
    case 0xd4:
      if (end - position < 2 || source[position] !== 0 || source[position + 1] !== 0) return notFlat;
      position += 2;
      return undefined;
    case 0xd9: {
      const length = position < end ? (source[position++] as number) : shortTextBytesMax + 1;
      return length > shortTextBytesMax ? notFlat : readText(source, end, length);
    }
    default:
      return notFlat;
  }
}

function readUnsigned(source: Buffer, end: number, byteCount: number): number | typeof notFlat {
  if (end - position < byteCount) return notFlat;
  let value = 0;
  for (let i = 0; i < byteCount; i++) value = value * 0x100 + (source[position++] as number);
  return value;
}

function readText(source: Buffer, end: number, length: number): string | typeof notFlat {
  if (end - position < length) return notFlat;
  const start = position;
  position += length;
  return shortText(source, start, position) ?? notFlat;
}

function readBuffer(source: Buffer, end: number, isOwned: boolean, lengthBytes: number): Buffer | typeof notFlat {
  const length = readUnsigned(source, end, lengthBytes);
  if (length === notFlat || length > end - position) return notFlat;
  const start = position;
  position += length;
  if (isOwned && length * 2 > source.length) return source.subarray(start, position);
  const copy = Buffer.allocUnsafe(length);
  source.copy(copy, 0, start, position);
  return copy;
}
