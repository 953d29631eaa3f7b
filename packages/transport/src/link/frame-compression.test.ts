import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { frameKind } from "./frame.ts";
import { frameUnpackers, packFrame, unpackFrame } from "./frame-compression.ts";

const frameOf = (content: Uint8Array): Buffer => Buffer.concat([Buffer.from([frameKind.batch]), content]);
const malformed = expect.objectContaining({ code: "malformed" });

describe.each(frameUnpackers)("frames packed by $name", (compression) => {
  test("are shorter, and come back as they were", () => {
    const frame = frameOf(Buffer.alloc(60_000, "abc"));
    const packed = packFrame(frame, compression);
    expect(packed.length).toBeLessThan(1000);
    expect(packed[0]).toBe(frameKind.packed);
    expect(frame.equals(unpackFrame(packed))).toBe(true);
  });

  test("stay as they are when they are short, or gain nothing", () => {
    for (const frame of [frameOf(Buffer.alloc(500, "a")), frameOf(randomBytes(50_000))]) {
      expect(packFrame(frame, compression)).toBe(frame);
    }
  });

  test("are refused when more comes out than was announced, or less", () => {
    const packed = Buffer.from(packFrame(frameOf(Buffer.alloc(1000, "a")), compression));
    // 1001 as a varint is e9 07.
    expect(packed.subarray(2, 4)).toEqual(Buffer.from([0xe9, 0x07]));
    for (const announced of [0xe8, 0xea]) {
      packed[2] = announced;
      expect(() => unpackFrame(packed)).toThrow(malformed);
    }
  });

  test("are refused when they are cut or changed, and never lead to anything else", () => {
    const packed = packFrame(frameOf(Buffer.from("some text, again and again. ".repeat(50))), compression);
    for (let length = 1; length < packed.length; length++) {
      expect(() => unpackFrame(packed.subarray(0, length))).toThrow(malformed);
    }
    for (let at = 1; at < packed.length; at++) {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] as number) ^ 0x55;
      try {
        expect(unpackFrame(changed).length).toBeLessThanOrEqual(256 * 1024);
      } catch (error) {
        expect(error).toEqual(malformed);
      }
    }
  });
});

test("a packed frame that announces more than a frame may have is refused before it is unpacked", () => {
  const bomb = deflateRawSync(Buffer.alloc(100_000_000));
  for (const announced of [
    [0x80, 0x80, 0x80, 0x01],
    [0x80, 0x80, 0x10],
  ]) {
    const frame = Buffer.concat([Buffer.from([frameKind.packed, 1, ...announced]), bomb]);
    expect(() => unpackFrame(frame)).toThrow(malformed);
  }
});

test("an algorithm that was never announced is refused", () => {
  expect(() => unpackFrame(Buffer.from([frameKind.packed, 9, 0x80, 0x08, 1, 2, 3]))).toThrow(malformed);
});

test.runIf(frameUnpackers.some(({ name }) => name === "zstd"))(
  "a few bytes that want a window of 128 MiB are refused, whatever is in them",
  () => {
    // A frame of zstd with one block: 600 times the letter A. The sixth byte says how large its window is.
    const packed = (windowLog: number) =>
      Buffer.from([
        frameKind.packed,
        2,
        0xd8,
        0x04,
        0x28,
        0xb5,
        0x2f,
        0xfd,
        0,
        (windowLog - 10) << 3,
        0xc3,
        0x12,
        0,
        0x41,
      ]);
    expect(unpackFrame(packed(18))).toEqual(Buffer.alloc(600, "A"));
    expect(() => unpackFrame(packed(27))).toThrow(malformed);
  },
);
