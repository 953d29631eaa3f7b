import { expect, it } from "vitest";
import { MessageBatch, readBatch } from "./message-batch.ts";

it("brings every message to the other side, in order and in frames of a limited size", () => {
  const frames: Buffer[] = [];
  const batch = new MessageBatch((frame) => frames.push(frame));
  const sent = Array.from({ length: 1000 }, (_, id) => ({ id, text: "x".repeat(id % 200) }));
  for (const { id, text } of sent) batch.add(id, Buffer.from(text));
  batch.flush();
  expect(batch.isEmpty).toBe(true);
  const received: typeof sent = [];
  for (const frame of frames) readBatch(frame, (id, payload) => received.push({ id, text: payload.toString() }));
  expect(received).toEqual(sent);
  expect(frames.length).toBe(2);
});
