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

  test("attached bytes stand where they were attached, copied when they are needed in one piece", () => {
    const large = Buffer.alloc(100_000, 7);
    const write = (attach: boolean): ByteWriter => {
      const writer = new ByteWriter(16);
      writer.string("before");
      if (attach) writer.attach(large);
      else writer.raw(large);
      writer.string("after");
      return writer;
    };
    const expected = Buffer.from(write(false).bytes());
    expect(write(true)).toHaveLength(expected.length);
    for (const [from, to] of [
      [0, 3],
      [3, 20],
      [20, 50_000],
      [99_990, 100_010],
      [0, expected.length],
      [100_008, expected.length],
    ] as const) {
      const target = Buffer.alloc(to - from + 4);
      write(true).copyTo(target, 4, { from, to });
      expect(target.subarray(4).equals(expected.subarray(from, to)), `${from} to ${to}`).toBe(true);
    }
    expect(expected.equals(write(true).bytes())).toBe(true);
  });

  test("attached bytes go when the writer is cut before them", () => {
    const writer = new ByteWriter();
    writer.u8(1);
    writer.attach(Buffer.alloc(50_000));
    writer.u8(2);
    writer.truncate(50_001);
    expect(writer).toHaveLength(50_001);
    writer.truncate(1);
    expect([...writer.bytes()]).toEqual([1]);
    writer.attach(Buffer.alloc(50_000));
    writer.reset();
    expect(writer).toHaveLength(0);
  });

  test("a short text that came before is told from others that look alike", () => {
    const texts = ["abcd", "abxd", "a", "b", "", "abcde", "aXcYe", "ä", "abcd"];
    for (let round = 0; round < 3; round++) {
      for (const text of texts) {
        const writer = new ByteWriter();
        writer.string(text);
        expect(new ByteReader(writer.bytes()).string()).toBe(text);
      }
    }
  });
});
