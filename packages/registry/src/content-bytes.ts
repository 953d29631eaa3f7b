import { types } from "node:util";
import { isPlainObject } from "@foundation/actor/spi";

/** Values of one message that are looked at, about twice as many in all. Some 50 ns each. */
const valuesMax = 10_000;
/** Arrays, objects, maps and sets within one of them that are looked into; the others are taken to be like these. */
const nestedMax = 64;
/** How deep it is looked. */
const depthMax = 100;
const sizeOfMap = sizeGetter(Map.prototype);
const sizeOfSet = sizeGetter(Set.prototype);
/** What a value takes that is no text and no binary data, about. */
const valueBytes = 8;

/**
 * How many bytes of memory a message holds on to, about: what there is of text, binary data and other values within arrays, plain
 * objects, maps and sets. An instance of a class, a proxy or a getter counts as one value: none of them is asked. Of what is too much to be
 * looked at, the rest is taken to be like the part that was.
 */
export function contentBytes(content: unknown): number {
  return Math.ceil(bytesOf(content) + (isOpen(content) ? bytesWithin(content, valuesMax, 0) : 0));
}

/** What a value holds itself. */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return valueBytes + value.length;
  if (typeof value !== "object" || value === null || types.isProxy(value)) return valueBytes;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return valueBytes + value.byteLength;
  const message: unknown = types.isNativeError(value) ? ownValue(value, "message") : undefined;
  return valueBytes + (typeof message === "string" ? message.length : 0);
}

/** Whether there may be values within that can be looked at without running code of the program. */
function isOpen(value: unknown): value is object {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  return Array.isArray(value) || types.isMap(value) || types.isSet(value) || isPlainObject(value);
}

/**
 * First what the values hold themselves, so that nothing large is left out because of many small ones before it; then what is within them.
 *
 * @param room how many values may be looked at; those within these share what is left of it, or half of it.
 */
function bytesWithin(value: object, room: number, depth: number): number {
  const { values, size, nameBytes } = valuesIn(value, room);
  if (values.length === 0) return 0;
  let bytes = nameBytes;
  for (const each of values) bytes += bytesOf(each);
  const nested = values.filter(isOpen);
  const step = Math.ceil(nested.length / nestedMax);
  const looked = nested.filter((_, at) => at % step === 0);
  const share = Math.floor(Math.max(room / 2, room - values.length) / looked.length);
  if (nested.length > 0 && share > 0 && depth < depthMax) {
    let inside = 0;
    for (const each of looked) inside += bytesWithin(each, share, depth + 1);
    bytes += inside * (nested.length / looked.length);
  }
  return bytes * (size / values.length);
}

/** The first `room` values within, how many there are, and what the names of the first ones take. */
interface Values {
  readonly values: readonly unknown[];
  readonly size: number;
  readonly nameBytes: number;
}

function valuesIn(value: object, room: number): Values {
  // By the class's own means: an iterator, an index or a size may be the program's.
  if (types.isMap(value)) {
    const keys = firstOf(Map.prototype.keys.call(value), room / 2);
    const values = firstOf(Map.prototype.values.call(value), room / 2);
    return { values: [...keys, ...values], size: 2 * sizeOfMap.call(value), nameBytes: 0 };
  }
  if (types.isSet(value))
    return { values: firstOf(Set.prototype.values.call(value), room), size: sizeOfSet.call(value), nameBytes: 0 };
  if (Array.isArray(value)) {
    const values = Array.from({ length: Math.min(value.length, room) }, (_, at) => ownValue(value, at));
    return { values, size: value.length, nameBytes: 0 };
  }
  const all = Object.keys(value);
  const names = all.slice(0, room);
  const nameBytes = names.reduce((sum, name) => sum + name.length, 0);
  return { values: names.map((name) => ownValue(value, name)), size: all.length, nameBytes };
}

function ownValue(value: object, name: string | number): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** However many there are, no more are touched. */
function firstOf(all: Iterable<unknown>, room: number): readonly unknown[] {
  const values: unknown[] = [];
  for (const each of all) {
    if (values.length >= room) break;
    values.push(each);
  }
  return values;
}

function sizeGetter(prototype: object): (this: unknown) => number {
  return Object.getOwnPropertyDescriptor(prototype, "size")?.get as (this: unknown) => number;
}
