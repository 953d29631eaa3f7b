import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

describe("a byte reader", () => {
  test.each([
    ["a missing byte", [], (reader: ByteReader) => reader.u8()],
    ["a cut double", [1, 2], (reader: ByteReader) => reader.f64()],
    ["a cut varint", [0x80], (reader: ByteReader) => reader.varint()],
    ["a varint of nine bytes", [255, 255, 255, 255, 255, 255, 255, 255, 1], (reader: ByteReader) => reader.varint()],
    ["a varint above 2^53", [255, 255, 255, 255, 255, 255, 255, 0x7f], (reader: ByteReader) => reader.varint()],
    ["a string longer than the rest", [5, 65], (reader: ByteReader) => reader.string()],
    ["a string above its limit", [2, 65, 65], (reader: ByteReader) => reader.string(1)],
    ["more bytes than there are", [1], (reader: ByteReader) => reader.raw(2)],
  ])("calls %s malformed", (_name, bytes, read) => {
    expect(() => read(new ByteReader(Buffer.from(bytes)))).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("stands where it stood after something malformed", () => {
    const reader = new ByteReader(Buffer.from([1, 2, 3]));
    reader.u8();
    expect(() => reader.raw(3)).toThrow("3 bytes were announced at offset 1 where 2 are left.");
    expect([reader.position, reader.remaining, reader.u8()]).toEqual([1, 2, 2]);
  });

  test.each([
    ["0", [0], 0],
    ["0 with bytes that say nothing", [0x80, 0x80, 0], 0],
    ["127", [0x7f], 127],
    ["128", [0x80, 1], 128],
    ["2^53 - 1", [255, 255, 255, 255, 255, 255, 255, 15], 2 ** 53 - 1],
  ])("reads the varint of %s", (_, bytes, value) => {
    const reader = new ByteReader(Buffer.from(bytes));
    expect([reader.varint(), reader.remaining]).toEqual([value, 0]);
  });

  test("calls the varint of 2^53 malformed", () => {
    const reader = new ByteReader(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 16]));
    expect(() => reader.varint()).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test.each(["", "a", "ping", "ü", "a".repeat(32), "a".repeat(33), "\u{1f600}".repeat(20)])(
    "reads the text %j, again and again",
    (text) => {
      const writer = new ByteWriter();
      for (let time = 0; time < 3; time++) writer.string(text);
      const reader = new ByteReader(writer.bytes());
      expect([reader.string(), reader.string(), reader.string()]).toEqual([text, text, text]);
      expect(reader.remaining).toBe(0);
    },
  );

  test("counts the limit of a text in bytes", () => {
    const bytes = Buffer.from([4, ...Buffer.from("üü")]);
    expect(new ByteReader(bytes).string(4)).toBe("üü");
    expect(() => new ByteReader(bytes).string(3)).toThrow("A string of 4 bytes was received where at most 3 fit.");
  });

  test("reads a part of other bytes, as if that were all", () => {
    const reader = new ByteReader(new Uint8Array(0));
    expect([reader.remaining, reader.isOwned]).toEqual([0, false]);
    reader.reset(Buffer.from([1, 2, 3, 4, 5]), 1, 4, true);
    expect([reader.position, reader.end, reader.remaining, reader.isOwned]).toEqual([1, 4, 3, true]);
    expect(reader.u8()).toBe(2);
    expect([...reader.rest()]).toEqual([3, 4]);
    expect(() => reader.u8()).toThrow(expect.objectContaining({ code: "malformed" }));
    reader.reset(Buffer.from([6]), 0, 1);
    expect([reader.u8(), reader.isOwned]).toEqual([6, false]);
  });

  test("reads the bytes of an array that is a view, from where it begins", () => {
    const view = new Uint8Array(Uint8Array.of(9, 9, 1, 2).buffer, 2, 2);
    const reader = new ByteReader(view);
    const raw = reader.raw(2);
    expect([...raw]).toEqual([1, 2]);
    view[0] = 7;
    expect(raw[0], "it is a view as well").toBe(7);
  });
});
