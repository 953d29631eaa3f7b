import { expect, test } from "vitest";
import { releaseMemory } from "./release-memory.ts";

test("takes the memory of a frame that has it for itself alone", () => {
  const frame = Buffer.allocUnsafeSlow(70_000);
  releaseMemory(frame);
  expect(frame).toHaveLength(0);
});

test.each([
  ["is a part of something larger", Buffer.allocUnsafeSlow(70_000).subarray(0, 69_999)],
  ["is short", Buffer.allocUnsafeSlow(1000)],
  ["is shared between threads", Buffer.from(new SharedArrayBuffer(70_000))],
])("leaves a frame alone that %s", (_what, frame) => {
  const { length } = frame;
  releaseMemory(frame);
  expect(frame).toHaveLength(length);
});
