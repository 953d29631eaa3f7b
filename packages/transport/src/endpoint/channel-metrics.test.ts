// What operators see of each channel: every counter is there, moves when it should, and then only.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelOptionsInput } from "../link/channel-options.ts";
import type { ChannelStats, Link } from "../link/link.ts";
import { codeOf, type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";

const untouched: ChannelStats = {
  messagesOut: 0,
  bytesOut: 0,
  messagesIn: 0,
  bytesIn: 0,
  queuedBytes: 0,
  roundTripMs: undefined,
  refused: 0,
  dropped: 0,
};

describe.each(["memory", "websocket"] as const)("the counters of channels over %s", (kind) => {
  let network: TestNetwork;
  beforeEach(() => {
    network = new TestNetwork(kind);
  });
  afterEach(() => network.stop());

  async function pair(...more: ChannelOptionsInput[]): Promise<{ a: TestEndpoint; b: TestEndpoint; link: Link }> {
    const channels = [{ name: "control", priority: 0 }, { name: "other", priority: 9 }, ...more];
    const a = await network.start("a", { channels });
    const b = await network.start("b", { channels });
    const link = await a.endpoint.connect(b.endpoint.address);
    await until(() => b.links.length === 1);
    return { a, b, link };
  }

  function statsOf(link: Link | undefined, channel: string): ChannelStats {
    const stats = link?.stats().channels[channel];
    if (stats === undefined) throw new Error(`no channel ${channel}`);
    return stats;
  }

  test("are all there from the beginning, for channels that are not open yet as well", async () => {
    const { link } = await pair({ name: "late", priority: 1 });
    const { channels, ignoredFrames } = link.stats();
    expect({ channels: { ...channels }, ignoredFrames }).toStrictEqual({
      channels: { control: untouched, late: untouched, other: untouched },
      ignoredFrames: 0,
    });
  });

  test("count messages and bytes on both sides, on the channel that was taken and on no other", async () => {
    const { b, link } = await pair({ name: "mine", priority: 1 });
    const back = b.links[0];
    for (const length of [1, 10, 1000]) link.send("mine", new Uint8Array(length));
    expect(statsOf(link, "mine").queuedBytes).toBeGreaterThanOrEqual(1011);
    await until(() => b.received.length === 3);
    expect(statsOf(link, "mine")).toStrictEqual({ ...untouched, messagesOut: 3, bytesOut: 1011 });
    expect(statsOf(back, "mine")).toStrictEqual({ ...untouched, messagesIn: 3, bytesIn: 1011 });
    for (const channel of ["control", "other"]) {
      expect(statsOf(link, channel)).toStrictEqual(untouched);
      expect(statsOf(back, channel)).toStrictEqual(untouched);
    }
  });

  test("have the round trip of large frames, once there were some", async () => {
    const { b, link } = await pair({ name: "mine", priority: 1, connections: 2 });
    link.send("mine", new Uint8Array(100));
    await until(() => b.received.length === 1);
    expect(statsOf(link, "mine").roundTripMs).toBeUndefined();
    link.send("mine", new Uint8Array(200_000));
    await until(() => statsOf(link, "mine").roundTripMs !== undefined);
    expect(statsOf(link, "mine").roundTripMs).toBeGreaterThanOrEqual(0);
    expect(statsOf(link, "other").roundTripMs).toBeUndefined();
    // It is the sender that waits for the way and back.
    expect(statsOf(b.links[0], "mine").roundTripMs).toBeUndefined();
  });

  test("have the round trip of a probe where all frames are short, and none where there are none", async () => {
    const { b, link } = await pair({ name: "mine", priority: 1 });
    link.watch(0);
    link.send("mine", new Uint8Array(100));
    await until(() => b.received.length === 1);
    link.watch(0);
    await until(() => statsOf(link, "mine").roundTripMs !== undefined);
    expect(statsOf(link, "mine").roundTripMs).toBeGreaterThanOrEqual(0);
    expect(statsOf(link, "other").roundTripMs).toBeUndefined();
  });

  test("have what waits, and the refusals of a full queue, which is not grown by them", async () => {
    const { b, link } = await pair({ name: "mine", priority: 1, queueBytesMax: 10_000, messageBytesMax: 10_000 });
    for (let sent = 0; sent < 9; sent++) link.send("mine", new Uint8Array(1000));
    const full = statsOf(link, "mine");
    for (let refused = 1; refused <= 5; refused++) {
      expect(await codeOf((async () => link.send("mine", new Uint8Array(2000)))())).toBe("overloaded");
      expect(statsOf(link, "mine")).toStrictEqual({ ...full, refused });
    }
    expect(full.queuedBytes).toBeGreaterThanOrEqual(9000);
    expect(full.queuedBytes).toBeLessThanOrEqual(10_000);
    await until(() => b.received.length === 9);
    expect(statsOf(link, "mine")).toMatchObject({ messagesOut: 9, queuedBytes: 0, refused: 5, dropped: 0 });
    expect(statsOf(link, "other").refused).toBe(0);
  });

  test.each([
    ["replaced on a monotonic channel", { kind: "monotonic" }, 7],
    [
      "dropped for newer ones",
      { overflow: "dropOldest", queueBytesMax: 3000, messageBytesMax: 3000, chunkBytes: 4096 },
      undefined,
    ],
  ] as const)("have what was %s, and nobody was refused", async (_what, options, expected) => {
    const { b, link } = await pair({ name: "mine", priority: 1, ...options });
    for (let sent = 0; sent < 8; sent++) link.send("mine", new Uint8Array(1000).fill(sent), { replaces: "state" });
    await until(() => b.received.at(-1)?.message[0] === 7);
    const { dropped, refused, queuedBytes } = statsOf(link, "mine");
    expect(dropped).toBe(expected ?? 8 - b.received.length);
    expect(dropped).toBeGreaterThan(0);
    expect({ refused, queuedBytes }).toEqual({ refused: 0, queuedBytes: 0 });
    expect(b.received).toHaveLength(8 - dropped);
  });

  test("have what is not acknowledged on a reliable channel as waiting, also over a link that breaks", async () => {
    const { a, b, link } = await pair({ name: "mine", priority: 1, kind: "reliable" });
    link.send("mine", new Uint8Array(1000));
    await until(() => b.received.length === 1 && statsOf(link, "mine").queuedBytes === 0);
    link.close(4999, "cut");
    const way = { channel: "mine", route: 0 };
    expect(a.endpoint.sendLater(link.peer, new Uint8Array(500), way)).toBe(true);
    const again = await a.endpoint.connect(b.endpoint.address);
    expect(statsOf(again, "mine").queuedBytes).toBe(500);
    await until(() => b.received.length === 2 && statsOf(again, "mine").queuedBytes === 0);
    expect(statsOf(again, "mine")).toMatchObject({ messagesOut: 1, bytesOut: 500, refused: 0, dropped: 0 });
  });

  test("of all links together are sums, of round trips the longest one", async () => {
    const { a, b, link } = await pair();
    const c = await network.start("c", {
      channels: [
        { name: "control", priority: 0 },
        { name: "other", priority: 9 },
      ],
    });
    const second = await a.endpoint.connect(c.endpoint.address);
    link.send("other", new Uint8Array(100_000));
    link.send("other", new Uint8Array(10));
    second.send("other", new Uint8Array(1000));
    await until(() => b.received.length === 2 && c.received.length === 1);
    await until(() => statsOf(link, "other").roundTripMs !== undefined);
    const { links, channels } = a.endpoint.stats();
    expect(links).toBe(2);
    const roundTripMs = statsOf(link, "other").roundTripMs;
    expect(channels.other).toStrictEqual({ ...untouched, messagesOut: 3, bytesOut: 101_010, roundTripMs });
    expect(channels.control).toStrictEqual(untouched);
  });
});
