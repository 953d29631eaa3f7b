import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../world/seeded-random.ts";
import { WebSocketFrames } from "./websocket-frames.ts";

const head = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
const [continuation, binary, ping] = [0x0, 0x2, 0x9];

/** A frame as RFC 6455, section 5.2, has it. */
function frame(opcode: number, payload: Buffer, { isFinal = true, isMasked = false } = {}): Buffer {
  const { length } = payload;
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (size.length === 3) size.writeUInt16BE(length, 1);
  if (size.length === 9) size.writeBigUInt64BE(BigInt(length), 1);
  size[0] = (isMasked ? 0x80 : 0) | (size.length === 1 ? length : size.length === 3 ? 126 : 127);
  const first = Buffer.of((isFinal ? 0x80 : 0) | opcode);
  return Buffer.concat([first, size, isMasked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

const text = (length: number, letter: string): Buffer => Buffer.alloc(length, letter);

/** Passes `bytes` in pieces of these lengths, over and over. */
function passIn(frames: WebSocketFrames, bytes: Buffer, lengths: () => number): Buffer {
  const passed: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = lengths();
    passed.push(...frames.pass(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(passed);
}

describe("taking messages out of a WebSocket stream", () => {
  const messages = [5, 125, 126, 65_535, 65_536, 0].map((length, index) =>
    frame(binary, text(length, String(index)), { isMasked: index % 2 === 0 }),
  );

  it.each([1, 2, 3, 7, 1_448, 1_000_000])(
    "changes nothing when nothing is dropped, in pieces of %d bytes",
    (length) => {
      const stream = Buffer.concat([head, ...messages]);
      expect(passIn(new WebSocketFrames(() => false), stream, () => length).equals(stream)).toBe(true);
    },
  );

  it("drops whole messages and leaves the others as they were, wherever the stream is cut into pieces", () => {
    const stream = Buffer.concat([head, ...messages]);
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed);
      const dropped = new Set([random.integer(0, 5), random.integer(0, 5)]);
      let index = 0;
      const frames = new WebSocketFrames(() => dropped.has(index++));
      const passed = passIn(frames, stream, () => random.integer(1, random.pick([3, 200, 70_000])));
      const expected = Buffer.concat([head, ...messages.filter((_, at) => !dropped.has(at))]);
      expect(passed.equals(expected), `seed ${seed}`).toBe(true);
    }
  });

  it("drops all fragments of a message, and passes the control frames between them", () => {
    const kept = frame(ping, text(3, "p"));
    const last = frame(binary, text(4, "z"));
    const fragments = [
      frame(binary, text(10, "x"), { isFinal: false }),
      kept,
      frame(continuation, text(10, "y")),
      last,
    ];
    const answers = [true, false];
    const frames = new WebSocketFrames(() => answers.shift() ?? false);
    const passed = frames.pass(Buffer.concat([head, ...fragments]));
    expect(Buffer.concat(passed).equals(Buffer.concat([head, kept, last]))).toBe(true);
  });

  it("passes whatever has no end of a head", () => {
    const stream = text(200_000, "-");
    expect(passIn(new WebSocketFrames(() => true), stream, () => 1_000).equals(stream)).toBe(true);
  });
});
