import { describe, expect, it } from "vitest";
import { agree } from "./channel-agreement.ts";
import { type ChannelOptionsInput, channelOptionsSchema } from "./channel-options.ts";
import { FramePool } from "./frame-pool.ts";
import { LinkChannel } from "./link-channel.ts";
import { ReliableStream } from "./reliable-stream.ts";

const queueBytesMax = 4_096;

/** A channel that nothing leaves, and what its reliable stream keeps. */
function channelOf(options: Omit<ChannelOptionsInput, "name" | "priority">) {
  const written = { name: "mine", priority: 1, queueBytesMax, messageBytesMax: queueBytesMax, ...options };
  const channels = agree([channelOptionsSchema.parse(written)], undefined);
  if (typeof channels === "string") throw new Error(channels);
  const [agreed] = channels;
  if (agreed === undefined) throw new Error("no channel");
  const stream = new ReliableStream();
  const environment = { now: () => 0, pool: new FramePool(), deliver: () => true, streamOf: () => stream };
  return { channel: new LinkChannel(agreed, environment), stream };
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** Whether the promise has settled by now, given every chance. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let i = 0; i < 10; i++) await undefined;
  return settled;
}

describe.each(["plain", "reliable"] as const)("the queue of a %s channel", (kind) => {
  it("[V5] takes a message that fills it to the last byte, and refuses one of a byte more", () => {
    const { channel } = channelOf({ kind });
    channel.push(bytes(1_000), undefined);
    const room = queueBytesMax - channel.queuedBytes;
    expect(() => channel.push(bytes(room + 1), undefined)).toThrow(expect.objectContaining({ code: "overloaded" }));
    expect(channel.stats()).toMatchObject({ refused: 1, dropped: 0, queuedBytes: queueBytesMax - room });
    channel.push(bytes(room), undefined);
    expect(channel.stats()).toMatchObject({ refused: 1, dropped: 0 });
    expect(() => channel.push(bytes(1), undefined)).toThrow(expect.objectContaining({ code: "overloaded" }));
  });

  it("[V5] takes the largest message while it is empty, and none that is a byte larger", () => {
    const { channel } = channelOf({ kind });
    const tooLarge = expect.objectContaining({ code: "messageTooLarge" });
    expect(() => channel.push(bytes(queueBytesMax + 1), undefined)).toThrow(tooLarge);
    channel.push(bytes(queueBytesMax), undefined);
    expect(() => channel.push(bytes(1), undefined)).toThrow(expect.objectContaining({ code: "overloaded" }));
  });
});

describe("the queue of a channel that drops", () => {
  it("[V5] drops nothing for a message that fits to the last byte, and the oldest for one of a byte more", () => {
    for (const [more, dropped] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const { channel } = channelOf({ overflow: "dropOldest" });
      channel.push(bytes(1_000), undefined);
      channel.push(bytes(queueBytesMax - channel.queuedBytes + more), undefined);
      expect(channel.stats()).toMatchObject({ refused: 0, dropped });
    }
  });
});

describe("room in a channel", () => {
  it("[V5] is there when exactly half of the queue is taken, and not with a byte more", async () => {
    const { channel, stream } = channelOf({ kind: "reliable" });
    channel.push(bytes(queueBytesMax / 2), undefined);
    expect(await isSettled(channel.room())).toBe(true);
    channel.push(bytes(1), undefined);
    const waiting = channel.room();
    channel.drained();
    expect(await isSettled(waiting)).toBe(false);
    stream.takeUnsent();
    stream.acknowledge(1);
    channel.drained();
    expect(await isSettled(waiting)).toBe(true);
  });

  it("[V5] wakes nobody while one byte too many waits, and all when it has gone", async () => {
    const { channel, stream } = channelOf({ kind: "reliable" });
    for (const length of [1, 1, queueBytesMax / 2]) channel.push(bytes(length), undefined);
    stream.takeUnsent();
    const waiting = [channel.room(), channel.room()];
    stream.acknowledge(1);
    channel.drained();
    expect(await Promise.all(waiting.map(isSettled))).toEqual([false, false]);
    stream.acknowledge(2);
    channel.drained();
    expect(await Promise.all(waiting.map(isSettled))).toEqual([true, true]);
  });
});
