import { type Runtime, systemRuntime } from "@foundation/actor";
import { expect, test } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { MemoryConnection } from "../memory/memory-connection.ts";
import { agree } from "./channel-agreement.ts";
import { channelOptionsSchema } from "./channel-options.ts";
import { FramePool } from "./frame-pool.ts";
import type { LinkDownReason } from "./link.ts";
import { PeerLink } from "./peer-link.ts";
import { ReadingSlice } from "./reading-slice.ts";
import { YoungGarbage } from "./young-garbage.ts";

/** A link to a peer that says nothing. */
function linkOn(runtime: Runtime): { link: PeerLink; downs: LinkDownReason[] } {
  const downs: LinkDownReason[] = [];
  const channels = agree([channelOptionsSchema.parse({ name: "control", priority: 0 })], undefined);
  if (typeof channels === "string") throw new Error(channels);
  const link = new PeerLink({
    runtime,
    peer: { nodeId: "peer", incarnation: 1, address: { host: "127.0.0.1", port: 1 } },
    initiatedHere: true,
    linkId: new Uint8Array(16),
    channels,
    slice: new ReadingSlice(runtime),
    pool: new FramePool(),
    garbage: new YoungGarbage(runtime),
    streamOf: () => undefined,
    dialChannel() {},
    onDown: (_link, reason) => void downs.push(reason),
    onConnectionGone() {},
  });
  return { link, downs };
}

test.each([
  ["that is down", "control", 0, true],
  ["for a channel that there is none of", "data", 0, false],
  ["for one more than the channel has", "control", 1, false],
])("[V7] a connection that arrives at a link %s is closed", (_what, channel, index, isDown) => {
  const time = new ManualTime();
  const { link, downs } = linkOn(time.runtime);
  if (isDown) link.close(1000, "over");
  const [connection, far] = MemoryConnection.pair(time.runtime, "near", "far");
  const closes: [number, string][] = [];
  far.attach({ onFrame() {}, onDrain() {}, onClose: (code, reason) => void closes.push([code, reason]) });
  link.attach(channel, index, connection);
  time.advance(0);
  expect(closes).toEqual([[1000, "the link is down"]]);
  expect(downs).toHaveLength(isDown ? 1 : 0);
});

test("a peer that reads nothing of what is sent outside the queues is cut off, and not before that is much", () => {
  const runtime = systemRuntime();
  const { link, downs } = linkOn(runtime);
  // Nobody reads the other end.
  const [connection] = MemoryConnection.pair(runtime, "near", "far");
  link.attach("control", 0, connection);
  connection.send(new Uint8Array(512 * 1024));
  link.watch(0);
  expect(link.isOpen).toBe(true);
  connection.send(new Uint8Array(1));
  link.watch(0);
  expect(downs).toEqual([{ kind: "local", code: 4413, reason: "channel control is not read" }]);
});

test("young garbage is collected after 3 MiB of Buffers: what is read, and large messages once more", () => {
  const time = new ManualTime();
  let collections = 0;
  const { link, downs } = linkOn({ ...time.runtime, collectYoung: () => void collections++ });
  const [connection, far] = MemoryConnection.pair(time.runtime, "near", "far");
  far.attach({ onFrame() {}, onDrain() {}, onClose() {} });
  link.attach("control", 0, connection);
  const piece = 64 * 1024;
  // 96 times 64 KiB are 6 MiB: a batch of one message each, without the bytes that say so.
  for (let sent = 0; sent < 96; sent++) far.send(Buffer.from([0x10, 0xfc, 0xff, 0x03, ...Buffer.alloc(piece - 4)]));
  time.advance(0);
  expect([collections, downs]).toEqual([2, []]);
  // One message of as many bytes.
  const total = 96 * piece - 5 - 95;
  const first = [0x11, (total & 0x7f) | 0x80, ((total >> 7) & 0x7f) | 0x80, ((total >> 14) & 0x7f) | 0x80, total >> 21];
  far.send(Buffer.from([...first, ...Buffer.alloc(piece - 5)]));
  for (let sent = 1; sent < 96; sent++) far.send(Buffer.from([0x12, ...Buffer.alloc(piece - 1)]));
  time.advance(0);
  expect([collections, downs]).toEqual([2 + 4, []]);
});

test("a link that ended before its receiver was known tells it so, once", () => {
  const { link, downs } = linkOn(new ManualTime().runtime);
  link.close(1000, "over");
  const told: LinkDownReason[] = [];
  link.begin({ message() {}, down: (reason) => void told.push(reason) });
  link.close(1000, "over again");
  expect(told).toEqual([{ kind: "local", code: 1000, reason: "over" }]);
  expect(downs).toEqual(told);
});

test.each([undefined, {}, { message() {} }])("a receiver that is none is refused: %j", (receiver) => {
  const { link } = linkOn(new ManualTime().runtime);
  expect(() => link.begin(receiver as never)).toThrow("a LinkReceiver");
});
