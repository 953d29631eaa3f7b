import { expect, it } from "vitest";
import { contentBytes } from "./content-bytes.ts";

it("the bytes of a message are those of its text and binary data, and some for each value", () => {
  expect(contentBytes(undefined)).toBe(8);
  expect(contentBytes("x".repeat(1_000))).toBe(1_008);
  expect(contentBytes(new Uint8Array(1_000))).toBe(1_008);
  expect(contentBytes(new ArrayBuffer(1_000))).toBe(1_008);
  expect(contentBytes([1, "abc", [true]])).toBe(5 * 8 + 3);
  expect(contentBytes({ a: "abc", b: { c: 5 } })).toBe(4 * 8 + 3 + 3);
  expect(contentBytes(new Map([["key", "value"]]))).toBe(3 * 8 + 8);
  expect(contentBytes(new Error("none"))).toBe(8 + 4);
  expect(contentBytes(new Set(["one", "three"]))).toBe(3 * 8 + 8);
});

const million = 1_000_000;
const text = "x".repeat(million);
const numbers = Array.from({ length: 20_000 }, (_, index) => index);

it.each<[string, unknown, number]>([
  ["text before many numbers", [text, numbers], million],
  ["text behind many numbers", [numbers, text], million],
  ["text between numbers", [[...numbers.slice(0, 9_000), text]], million],
  ["binary data and many numbers", [new Uint8Array(million), numbers], million],
  ["20 000 rows with text", [numbers.map((id) => ({ id, note: "x".repeat(500) }))], 20_000 * 500],
  ["20 000 lists in lists", [numbers.map((id) => [id, ["x".repeat(500)]])], 20_000 * 500],
  ["20 000 long texts", [numbers.map(() => "x".repeat(500))], 20_000 * 500],
  ["names of fields", [{ [text]: 1 }], million],
  ["keys of a map", [new Map([[text, 1]])], million],
  ["text 90 deep", numbers.slice(0, 90).reduce<unknown>((inner) => ({ inner }), text), million],
])("[Y24] %s: nothing large hides behind what is many", (_, content, bytes) => {
  expect(contentBytes(content)).toBeGreaterThan(bytes * 0.9);
  expect(contentBytes(content)).toBeLessThan(bytes * 1.1 + 20_000 * 60);
});

it("a message in itself, and one of ten million values, are looked at in part", () => {
  const round: unknown[] = [];
  round.push(round);
  expect(contentBytes(round)).toBeLessThanOrEqual(8 * 10_001);
  round.push(round, round);
  expect(contentBytes(round)).toBeLessThanOrEqual(8 * 30_000);
  expect(contentBytes(new Array(10_000_000).fill(1))).toBeGreaterThanOrEqual(8 * 10_000_000);
  const wide = Array.from({ length: 200 }, () => new Array(1_000).fill("x"));
  expect(contentBytes(wide)).toBeGreaterThanOrEqual(8 * 10_000);
});

it("no code of the program runs for it", () => {
  const fail = (): never => {
    throw new Error("it was asked");
  };
  const traps = new Proxy({}, { get: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
  const list = Object.defineProperty([1], 0, { get: fail });
  Object.defineProperty(list, Symbol.iterator, { value: fail });
  class Odd extends Map<string, string> {
    override get size(): number {
      return fail();
    }
    override values(): never {
      return fail();
    }
  }
  const getter = {
    get secret() {
      return fail();
    },
  };
  expect(contentBytes([traps, list, new Odd([["a", "b"]]), getter])).toBe(9 * 8 + 2 + 6);
});
