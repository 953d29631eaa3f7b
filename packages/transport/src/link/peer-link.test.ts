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
    onMessage() {},
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
