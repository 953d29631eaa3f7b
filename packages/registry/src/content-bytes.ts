import { types } from "node:util";
import { isPlainObject } from "@foundation/actor";

/** Values of one message that are looked at; further ones count as a number each. Some 50 ns each. */
const valuesMax = 10_000;
/** What a value takes that is no text and no binary data, about. */
const valueBytes = 8;

/**
 * How many bytes of memory a message holds on to, about: what there is of text, binary data and other values within arrays, plain
 * objects, maps and sets. An instance of a class, a proxy or a getter counts as one value: none of them is asked.
 */
export function contentBytes(content: unknown): number {
  let bytes = 0;
  const open: unknown[] = [content];
  for (let looked = 0; open.length > 0 && looked < valuesMax; looked++) {
    const value = open.pop();
    bytes += valueBytes;
    if (typeof value === "string") bytes += value.length;
    else if (typeof value === "object" && value !== null && !types.isProxy(value)) bytes += bytesOf(value, open);
  }
  return bytes + open.length * valueBytes;
}

/** @param open gets the values within, as far as they can still be looked at. @returns the bytes of the others. */
function bytesOf(value: object, open: unknown[]): number {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value.byteLength;
  const room = Math.max(0, valuesMax - open.length);
  const found = valuesIn(value, room);
  for (const each of found.values) open.push(each);
  return (found.size - found.values.length) * valueBytes;
}

/** The first `room` values within, and how many there are. */
function valuesIn(value: object, room: number): { readonly values: readonly unknown[]; readonly size: number } {
  // By the class's own means: an iterator or an index may be the program's.
  if (types.isMap(value)) return firstOf(Map.prototype.values.call(value), room);
  if (types.isSet(value)) return firstOf(Set.prototype.values.call(value), room);
  if (!Array.isArray(value) && !isPlainObject(value)) return { values: [], size: 0 };
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  const names = Array.isArray(value) ? Array.from({ length: Math.min(size, room) }, (_, at) => at) : Object.keys(value);
  const values = names.slice(0, room).map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown);
  return { values, size };
}

function firstOf(all: Iterable<unknown>, room: number): { readonly values: readonly unknown[]; readonly size: number } {
  const values: unknown[] = [];
  let size = 0;
  for (const each of all) if (size++ < room) values.push(each);
  return { values, size };
}
