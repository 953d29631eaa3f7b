import { describe, expect, it } from "vitest";
import { batches, textBytesMax } from "./message-batches.ts";

const cut = (sizes: readonly number[], itemsMax: number, bytesMax: number): number[][] => [
  ...batches(sizes, { itemsMax, bytesMax }, (size) => size),
];

describe("batches", () => {
  it("are as large as both limits allow, in order", () => {
    expect(cut([1, 1, 1, 1, 1], 2, 100)).toEqual([[1, 1], [1, 1], [1]]);
    expect(cut([4, 6, 1, 9, 10], 100, 10)).toEqual([[4, 6], [1, 9], [10]]);
    expect(cut([4, 7, 3, 1], 100, 10)).toEqual([[4], [7, 3], [1]]);
  });

  it("leave an item that is too large by itself, and none out", () => {
    expect(cut([11, 1, 20, 30, 1], 100, 10)).toEqual([[11], [1], [20], [30], [1]]);
  });

  it("are none of nothing", () => {
    expect(cut([], 10, 10)).toEqual([]);
  });
});

describe("the bytes of a text", () => {
  it.each(["", "plain", "\u00fcber", "\u6771\u4eac", "\u{1f600}", "\ud83d"])(
    "are at most as many as said: %j",
    (text) => {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(textBytesMax(text));
    },
  );

  it("are exactly as many where each unit takes most", () => {
    expect(textBytesMax("\u6771\u4eac")).toBe(6);
  });
});
