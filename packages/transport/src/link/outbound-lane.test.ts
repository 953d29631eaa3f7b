import { describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import type { ByteReader } from "../bytes/byte-reader.ts";
import { MemoryConnection } from "../memory/memory-connection.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { channelOptionsSchema } from "./channel-options.ts";
import { FramePool } from "./frame-pool.ts";
import { InboundLane } from "./inbound-lane.ts";
import { LinkChannel } from "./link-channel.ts";
import { OutboundLane } from "./outbound-lane.ts";

const settings = (changes: Partial<AgreedChannel> = {}): AgreedChannel => ({
  ...channelOptionsSchema.parse({ name: "data", priority: 0, chunkBytes: 4_096 }),
  peerCreditChunks: 8,
  packs: undefined,
  ...changes,
});

/** A lane over memory: what it sends is taken apart at the other end. */
function start(changes: Partial<AgreedChannel> = {}) {
  const time = new ManualTime();
  const environment = { now: () => time.now, pool: new FramePool() };
  const lane = new OutboundLane(settings(changes), environment);
  const [near, far] = MemoryConnection.pair(time.runtime, "near", "far");
  near.attach({ onFrame() {}, onDrain() {}, onClose() {} });
  const frames: number[] = [];
  const messages: Buffer[] = [];
  const inbound = new InboundLane(64 * 1024 * 1024, (reader: ByteReader) => {
    messages.push(Buffer.from(reader.rest()));
    return true;
  });
  const onFrame = (frame: Uint8Array): void => {
    frames.push(frame.length);
    inbound.receive(frame);
    if (frame.length > 512) lane.grant(1);
  };
  far.attach({ onFrame, onDrain() {}, onClose() {} });
  lane.open(near);
  /** Sends all that waits, and lets it arrive. */
  const flush = (): void => {
    do {
      while (lane.sendNext());
      time.advance(0);
    } while (lane.queuedBytes > 0);
    time.advance(0);
  };
  return { time, lane, flush, frames, messages };
}

describe("the sending half of a connection", () => {
  it("brings messages of every length around the steps of lengths and chunks, in order and unchanged", () => {
    const lengths = [
      0, 1, 31, 32, 127, 128, 129, 255, 256, 4_088, 4_095, 4_096, 4_097, 8_191, 8_192, 8_193, 16_383, 16_384, 100_000,
    ];
    for (const together of [true, false]) {
      const { lane, flush, messages } = start();
      const sent = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      for (const message of sent) {
        lane.push(message);
        if (!together) flush();
      }
      flush();
      expect(messages.map(({ length }) => length)).toEqual(lengths);
      for (const [index, message] of sent.entries()) expect(messages[index]?.equals(message)).toBe(true);
      expect(lane.queuedBytes).toBe(0);
    }
  });

  it.each([
    [12, [1 + 15 * 272 + 13]],
    [13, [1 + 15 * 272, 1 + 14]],
  ])("fills a frame of small messages up to the size of a chunk: with one of %i bytes more", (length, expected) => {
    const { lane, flush, frames } = start();
    // Busy, so that nothing leaves before the turn has ended.
    lane.connection?.send(new Uint8Array(1).fill(0x10));
    for (let count = 0; count < 15; count++) lane.push(new Uint8Array(270));
    // A length is taken to need three bytes, as up to 255 KiB it may.
    lane.push(new Uint8Array(length));
    flush();
    expect(frames.slice(1)).toEqual(expected);
  });

  it("counts what waits, byte for byte, until it is handed over", () => {
    const { lane, flush } = start();
    expect(lane.queuedBytes).toBe(0);
    lane.push(new Uint8Array(10));
    expect(lane.queuedBytes).toBe(1 + 1 + 10);
    lane.push(new Uint8Array(200));
    expect(lane.queuedBytes).toBe(12 + 2 + 200);
    lane.push(new Uint8Array(5_000));
    expect(lane.queuedBytes).toBe(214 + (1 + 2 + 4_096) + (1 + 904));
    flush();
    expect(lane.queuedBytes).toBe(0);
    expect(lane).toMatchObject({ messages: 3, bytes: 5_210 });
  });

  it("drops whole messages only, the oldest first, and gives back what they took", () => {
    const { lane, flush, messages } = start();
    lane.connection?.send(new Uint8Array(1).fill(0x10));
    lane.push(Buffer.alloc(10_000, 1));
    lane.push(Buffer.alloc(5, 2));
    lane.push(Buffer.alloc(6, 3));
    lane.push(Buffer.alloc(9_000, 4));
    expect([lane.dropOldest(), lane.dropOldest()]).toEqual([1, 2]);
    expect(lane.queuedBytes).toBe(9_000 + 3 + 1 + 1 + 2 - 2);
    flush();
    expect(messages.map((message) => [message[0], message.length])).toEqual([[4, 9_000]]);
    expect(lane.dropOldest()).toBe(0);
    lane.push(Buffer.alloc(5, 5));
    expect([lane.dropOldest(), lane.queuedBytes]).toEqual([1, 0]);
  });

  it("keeps of messages with the same text only the newest, and its place", () => {
    const { lane, flush, messages } = start();
    expect(lane.replace("a", Buffer.from("a1"))).toBe(false);
    expect(lane.replace("b", Buffer.from("b1"))).toBe(false);
    expect(lane.replace("a", Buffer.from("a22"))).toBe(true);
    expect(lane.queuedBytes).toBe(5);
    flush();
    expect(messages.map(String)).toEqual(["a22", "b1"]);
  });
});

describe("a channel that waits for its peer", () => {
  const channelOn = (time: ManualTime, changes: Partial<AgreedChannel> = {}): LinkChannel =>
    new LinkChannel(settings({ stallMsMax: 1_000, ...changes }), {
      now: () => time.now,
      pool: new FramePool(),
      deliver: () => true,
      streamOf: () => undefined,
    });

  it.each(["push", "replace"] as const)(
    "is stalled when nothing has left for too long after a %s, not since it was last used",
    (how) => {
      const time = new ManualTime();
      const channel = channelOn(time);
      const { outbound } = channel.lanes[0];
      outbound.open(MemoryConnection.pair(time.runtime, "near", "far")[0]);
      time.advance(3_600_000);
      expect(channel.isStalled(time.now, 0)).toBe(false);
      if (how === "push") outbound.push(new Uint8Array(10));
      else outbound.replace("key", new Uint8Array(10));
      expect(channel.isStalled(time.now, 0)).toBe(false);
      time.advance(1_000);
      expect(channel.isStalled(time.now, 0)).toBe(false);
      time.advance(1);
      expect(channel.isStalled(time.now, 0)).toBe(true);
    },
  );

  it("[V6] is not stalled by the time in which this process stood still itself", () => {
    const time = new ManualTime();
    const channel = channelOn(time);
    channel.lanes[0].outbound.push(new Uint8Array(10));
    time.advance(10_500);
    expect(channel.isStalled(time.now, 10_000)).toBe(false);
    time.advance(500);
    expect(channel.isStalled(time.now, 0)).toBe(false);
    time.advance(1);
    expect(channel.isStalled(time.now, 0)).toBe(true);
  });

  it("has room up to half of its queue, and is full at the whole of it", async () => {
    const channel = channelOn(new ManualTime(), { queueBytesMax: 4_000, messageBytesMax: 4_000 });
    let waits = 0;
    const room = async (): Promise<void> => {
      waits++;
      await channel.room();
      waits--;
    };
    // One byte of kind and two of length besides.
    channel.push(new Uint8Array(2_000 - 3), undefined);
    expect(channel.queuedBytes).toBe(2_000);
    await room();
    expect(waits).toBe(0);
    channel.push(new Uint8Array(1), undefined);
    const waiting = room();
    channel.drained();
    await Promise.resolve();
    expect(waits).toBe(1);
    expect(() => channel.push(new Uint8Array(4_000 - 2_002 + 1), undefined)).toThrow(
      expect.objectContaining({ code: "overloaded" }),
    );
    channel.push(new Uint8Array(4_000 - 2_002), undefined);
    expect(channel.stats().refused).toBe(1);
    for (const { outbound } of channel.lanes) while (outbound.dropOldest() > 0);
    channel.drained();
    await waiting;
    expect(waits).toBe(0);
  });
});
