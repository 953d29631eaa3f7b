import { describe, expect, test } from "vitest";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { defaultLimits } from "./extension.ts";
import { notFlat, readFlat, writeFlat } from "./flat-values.ts";
import { packInto, unpackFrom } from "./message-pack.ts";
import { ValuePreparation } from "./value-preparation.ts";
import { ValueScanner } from "./value-scanner.ts";

/** The bytes that the general way gives. */
function generalBytes(value: unknown): Buffer {
  const writer = new ByteWriter();
  packInto(writer, new ValuePreparation(defaultLimits, undefined).prepare(value, 0));
  return Buffer.from(writer.bytes());
}

/** What the general way makes of `bytes`; "refused" when it refuses them. */
function generalValue(bytes: Uint8Array): unknown {
  try {
    new ValueScanner(bytes, defaultLimits, false).scan();
    return unpackFrom(bytes, undefined);
  } catch {
    return "refused";
  }
}

/** A repeatable source of numbers below `limit` (mulberry32). */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const simple: readonly unknown[] = [
  ...[null, undefined, true, false, "", "ping", "x".repeat(31), "x".repeat(32)],
  ...[0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -32],
  ...[0.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -(2 ** 40)],
  ...[1, 255, 256, 65_535, 65_536, 200_000].map((length) => Buffer.alloc(length, length)),
];

describe("simple values", () => {
  test.each(simple.map((value, index) => [index, value] as const))(
    "number %i gets the bytes of the general way and comes back",
    (_, value) => {
      for (const each of [value, [value], [value, "second", value]]) {
        const writer = new ByteWriter();
        expect(writeFlat(each, writer)).toBe(true);
        const bytes = writer.bytes();
        expect(generalBytes(each).equals(bytes)).toBe(true);
        expect(readFlat(new ByteReader(bytes))).toEqual(each);
      }
    },
  );

  test.each([
    ["-0", -0],
    ["a negative number below -32", -33],
    ["a long text", "x".repeat(33)],
    ["a text beyond ASCII", "ü"],
    ["an object", {}],
    ["an array in an array", [[]]],
    ["a long array", new Array(16).fill(0)],
    ["an empty Buffer", Buffer.alloc(0)],
    ["a typed array", new Uint8Array(3)],
    ["a proxy of an array", new Proxy([], {})],
    ["an instance of a subclass of Array", new (class extends Array {})()],
    ["shared memory", Buffer.from(new SharedArrayBuffer(8))],
    ["a bigint", 1n],
    ["a date", new Date(0)],
  ])("do not include %s", (_name, value) => {
    expect(writeFlat(value, new ByteWriter())).toBe(false);
    expect(writeFlat([1, value], new ByteWriter())).toBe(false);
  });

  test("are read as the general way reads them, or left to it, whatever the bytes are", () => {
    const next = numbersFrom(7);
    const samples = simple.map((value) => generalBytes([value, "text", 7]).subarray(0, 80));
    let flat = 0;
    for (let round = 0; round < 30_000; round++) {
      const bytes = Buffer.from(samples[next(samples.length)] ?? []);
      for (let changes = next(4); changes > 0; changes--) bytes[next(Math.min(bytes.length, 12))] = next(256);
      const cut = bytes.subarray(0, next(3) === 0 ? next(bytes.length + 1) : bytes.length);
      const value = readFlat(new ByteReader(cut));
      if (value === notFlat) continue;
      flat++;
      expect(value, cut.toString("hex")).toEqual(generalValue(cut));
    }
    expect(flat).toBeGreaterThan(5000);
  });

  test("are copies, unless the bytes belong to nobody else and are mostly that value", () => {
    const writer = new ByteWriter();
    writeFlat([Buffer.alloc(1000, 1)], writer);
    const bytes = Buffer.from(writer.bytes());
    const reader = new ByteReader(bytes);
    const [copy] = readFlat(reader) as [Buffer];
    reader.reset(bytes, 0, bytes.length, true);
    const [view] = readFlat(reader) as [Buffer];
    bytes.fill(9);
    expect(copy.every((byte) => byte === 1)).toBe(true);
    expect(view.every((byte) => byte === 9)).toBe(true);
  });
});
