import { silentLog, systemRuntime } from "@foundation/actor";
import { expect, test } from "vitest";
import type { Connection } from "../transport.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { channelOptionsSchema } from "./channel-options.ts";
import { FramePool } from "./frame-pool.ts";
import { LinkChannel } from "./link-channel.ts";
import { LinkScheduler } from "./link-scheduler.ts";

const runtime = systemRuntime({ log: silentLog });

/** Channels of one link in order of priority, on connections that write down which one sends. */
function channelsThatRecord(names: readonly string[]): { channels: LinkChannel[]; sent: string[] } {
  const sent: string[] = [];
  const channels = names.map((name, priority) => {
    const settings = channelOptionsSchema.parse({ name, priority, chunkBytes: 4096, creditChunks: 64 });
    const options: AgreedChannel = { ...settings, peerCreditChunks: 64, packs: undefined };
    const environment = { now: () => 0, pool: new FramePool(), deliver: () => true, streamOf: () => undefined };
    const channel = new LinkChannel(options, environment);
    const connection = { bufferedBytes: 0, send: () => void sent.push(name) } as unknown as Connection;
    channel.lanes[0].outbound.open(connection);
    return channel;
  });
  return { channels, sent };
}

test("what is more important goes first, and nothing starves", () => {
  const { channels, sent } = channelsThatRecord(["control", "events", "data"]);
  for (const channel of channels.toReversed()) channel.push(new Uint8Array(30 * 4096), undefined);
  new LinkScheduler(runtime, channels).pump();
  const first = sent.slice(0, 14);
  expect(first.slice(0, 8)).toEqual(new Array(8).fill("control"));
  expect(first.slice(8, 12)).toEqual(new Array(4).fill("events"));
  expect(first.slice(12)).toEqual(["data", "data"]);
  expect(sent).toHaveLength(90);
});

test("a small message on an important channel goes before every further chunk of a large one", () => {
  const { channels, sent } = channelsThatRecord(["control", "data"]);
  const [control, data] = channels as [LinkChannel, LinkChannel];
  const scheduler = new LinkScheduler(runtime, channels);
  // More than the peer gives credit for: the rest waits here.
  data.push(new Uint8Array(200 * 4096), undefined);
  scheduler.pump();
  const before = sent.length;
  expect(before).toBe(64);
  control.push(new Uint8Array(10), undefined);
  data.lanes[0].outbound.grant(10);
  scheduler.pump();
  expect(sent.slice(before, before + 2)).toEqual(["control", "data"]);
});

test("what comes first in a turn leaves at once when nothing else is on its way, the rest together", async () => {
  const { channels, sent } = channelsThatRecord(["control"]);
  const [control] = channels as [LinkChannel];
  const scheduler = new LinkScheduler(runtime, channels);
  const say = (count: number): boolean[] =>
    Array.from({ length: count }, () => {
      const hasWholeFrame = control.push(new Uint8Array(500), undefined);
      if (hasWholeFrame) scheduler.pump();
      scheduler.wake();
      return hasWholeFrame;
    });
  for (let turn = 0; turn < 2; turn++) {
    expect(say(6)).toEqual([false, false, true, false, false, false]);
    expect(sent.splice(0)).toHaveLength(1);
    await Promise.resolve();
    expect(sent.splice(0)).toHaveLength(1);
  }
  // A line that is busy gets all of it in one frame.
  Object.assign(control.lanes[0].outbound.connection as Connection, { bufferedBytes: 1 });
  expect(say(6)).toEqual(new Array(6).fill(false));
  await Promise.resolve();
  expect(sent).toHaveLength(1);
});

test("sends nothing once it is stopped", () => {
  const { channels, sent } = channelsThatRecord(["control"]);
  channels[0]?.push(new Uint8Array(10), undefined);
  const scheduler = new LinkScheduler(runtime, channels);
  scheduler.stop();
  scheduler.pump();
  expect(sent).toEqual([]);
});

test("frames that leave one after the other leave together, the most important ones first, and never more than is good", () => {
  const seen: string[] = [];
  let takes = Number.POSITIVE_INFINITY;
  const channels = ["control", "data"].map((name, priority) => {
    const settings = channelOptionsSchema.parse({ name, priority, creditChunks: 64 });
    const environment = { now: () => 0, pool: new FramePool(), deliver: () => true, streamOf: () => undefined };
    const channel = new LinkChannel({ ...settings, peerCreditChunks: 64, packs: undefined }, environment);
    let frames = 0;
    channel.lanes[0].outbound.open({
      remoteHost: "peer",
      bufferedBytes: 0,
      attach() {},
      send({ length }) {
        frames++;
        Object.assign(this, { bufferedBytes: this.bufferedBytes + length });
      },
      cork() {},
      uncork() {
        seen.push(`${name} ${frames}`);
        frames = 0;
        Object.assign(this, { bufferedBytes: Math.max(0, this.bufferedBytes - takes) });
      },
      pause() {},
      resume() {},
      close() {},
      terminate() {},
    });
    return channel;
  });
  const [control, data] = channels as [LinkChannel, LinkChannel];
  const scheduler = new LinkScheduler(runtime, channels);
  data.push(new Uint8Array(6 * 65_536), undefined);
  control.push(new Uint8Array(10), undefined);
  scheduler.pump();
  expect(seen.splice(0)).toEqual(["data 4", "control 1", "data 2"]);
  scheduler.pump();
  expect(seen).toEqual([]);
  // The operating system takes nothing any more: no more than that is handed to it.
  takes = 0;
  data.push(new Uint8Array(6 * 65_536), undefined);
  scheduler.pump();
  scheduler.pump();
  expect(seen).toEqual(["data 4"]);
});
