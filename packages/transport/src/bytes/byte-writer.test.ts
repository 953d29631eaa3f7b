import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

describe("ByteWriter and ByteReader", () => {
  test("give back what was written, across growth of the buffer", () => {
    const writer = new ByteWriter(1);
    const numbers = [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
    for (const number of numbers) writer.varint(number);
    writer.u8(255);
    writer.f64(-0);
    writer.string("ü".repeat(300));
    writer.raw(new Uint8Array([1, 2]));
    const reader = new ByteReader(writer.bytes());
    expect(numbers.map(() => reader.varint())).toEqual(numbers);
    expect([reader.u8(), reader.f64(), reader.string()]).toEqual([255, -0, "ü".repeat(300)]);
    expect([...reader.rest()]).toEqual([1, 2]);
    expect(reader.remaining).toBe(0);
    writer.reset();
    expect(writer.bytes()).toHaveLength(0);
  });

  test.each([
    ["a missing byte", [], (reader: ByteReader) => reader.u8()],
    ["a cut double", [1, 2], (reader: ByteReader) => reader.f64()],
    ["a cut varint", [0x80], (reader: ByteReader) => reader.varint()],
    ["a varint of nine bytes", [255, 255, 255, 255, 255, 255, 255, 255, 1], (reader: ByteReader) => reader.varint()],
    ["a varint above 2^53", [255, 255, 255, 255, 255, 255, 255, 0x7f], (reader: ByteReader) => reader.varint()],
    ["a string longer than the rest", [5, 65], (reader: ByteReader) => reader.string()],
    ["a string above its limit", [2, 65, 65], (reader: ByteReader) => reader.string(1)],
    ["more bytes than there are", [1], (reader: ByteReader) => reader.raw(2)],
  ])("call %s malformed", (_name, bytes, read) => {
    expect(() => read(new ByteReader(Buffer.from(bytes)))).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
