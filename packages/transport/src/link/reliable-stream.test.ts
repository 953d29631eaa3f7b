import { expect, test } from "vitest";
import { ReliableStream } from "./reliable-stream.ts";

const message = (text: string): Buffer => Buffer.from(text);
const texts = (messages: readonly Uint8Array[]): string[] => messages.map((each) => Buffer.from(each).toString());

/** A stream that has sent a, b and c. */
function sent(): ReliableStream {
  const stream = new ReliableStream();
  for (const text of ["a", "b", "c"]) stream.keep(message(text));
  expect(texts(stream.takeUnsent())).toEqual(["a", "b", "c"]);
  return stream;
}

test("keeps what is not acknowledged, and sends it again from where the peer stands", () => {
  const stream = sent();
  expect(stream.acknowledge(1)).toBe(true);
  expect(stream.keptBytes).toBe(2);
  stream.keep(message("d"));
  stream.resume(2);
  expect(texts(stream.takeUnsent())).toEqual(["c", "d"]);
  expect(texts(stream.takeUnsent())).toEqual([]);
  expect(stream.acknowledge(4)).toBe(true);
  expect(stream.keptBytes).toBe(0);
  expect(stream.dropped).toBe(0);
});

test("refuses an acknowledgement of what was not sent, or of less than before", () => {
  const stream = sent();
  stream.keep(message("d"));
  expect(stream.acknowledge(4)).toBe(false);
  expect(stream.acknowledge(2)).toBe(true);
  expect(stream.acknowledge(1)).toBe(false);
});

test.each([
  ["the peer has forgotten", 0],
  ["this side has forgotten", 90],
])("when %s, gives up what was sent and keeps what was not", (_who, count) => {
  const stream = sent();
  stream.acknowledge(1);
  stream.keep(message("d"));
  stream.resume(count);
  expect(stream.dropped).toBe(2);
  expect(texts(stream.takeUnsent())).toEqual(["d"]);
  expect(stream.acknowledge(count + 1)).toBe(true);
  expect(stream.keptBytes).toBe(0);
});
