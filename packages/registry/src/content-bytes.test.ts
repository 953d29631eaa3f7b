import { expect, it } from "vitest";
import { contentBytes } from "./content-bytes.ts";

it("the bytes of a message are those of its text and binary data, and some for each value", () => {
  expect(contentBytes(undefined)).toBe(8);
  expect(contentBytes("x".repeat(1_000))).toBe(1_008);
  expect(contentBytes(new Uint8Array(1_000))).toBe(1_008);
  expect(contentBytes(new ArrayBuffer(1_000))).toBe(1_008);
  expect(contentBytes([1, "abc", [true]])).toBe(5 * 8 + 3);
  expect(contentBytes({ a: "abc", b: { c: 5 } })).toBe(4 * 8 + 3);
  expect(contentBytes(new Map([["key", "value"]]))).toBe(2 * 8 + 5);
  expect(contentBytes(new Set(["one", "three"]))).toBe(3 * 8 + 8);
});

it("a message in itself, and one of ten million values, are looked at in part", () => {
  const round: unknown[] = [];
  round.push(round);
  expect(contentBytes(round)).toBeLessThanOrEqual(8 * 10_001);
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
  expect(contentBytes([traps, list, new Odd([["a", "b"]]), getter])).toBe(8 * 8 + 1);
});
