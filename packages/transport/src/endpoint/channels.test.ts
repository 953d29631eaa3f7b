import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelOptionsInput } from "../link/channel-options.ts";
import type { Link } from "../link/link.ts";
import { codeOf, type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const control = { name: "control", priority: 0 };

/** @returns the code that `send` fails with; "sent" when it does not. */
function trySend(link: Link, channel: string, message: Uint8Array): string {
  try {
    link.send(channel, message);
    return "sent";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe.each(["memory", "websocket"] as const)("channels over %s", (kind) => {
  let network: TestNetwork;
  beforeEach(() => {
    network = new TestNetwork(kind);
  });
  afterEach(() => network.stop());

  async function pair(...channels: ChannelOptionsInput[]): Promise<[TestEndpoint, TestEndpoint, Link]> {
    const options = { channels: [control, ...channels] };
    const a = await network.start("a", options);
    const b = await network.start("b", options);
    const link = await a.endpoint.connect(b.endpoint.address);
    await until(() => b.links.length === 1);
    return [a, b, link];
  }

  test("with 4 connections keep the order of every route, in both directions [T7]", async () => {
    const [a, b, link] = await pair({ name: "wide", priority: 1, connections: 4, chunkBytes: 4096 });
    const back = b.links[0] as Link;
    const expected = new Map<string, number>();
    for (let number = 0; number < 400; number++) {
      const route = number % 16;
      const message = bytes(`${route} ${number} `.padEnd(number % 7 === 0 ? 9000 : 20, "x"));
      link.send("wide", message, { route });
      back.send("wide", message, { route });
      expected.set(String(route), (expected.get(String(route)) ?? 0) + 1);
    }
    for (const side of [a, b]) {
      await until(
        () => side.received.length === 400,
        () => side.received.length,
      );
      const last = new Map<string, number>();
      for (const text of side.texts("wide")) {
        const [route = "", number = ""] = text.split(" ");
        expect(Number(number)).toBeGreaterThan(last.get(route) ?? -1);
        last.set(route, Number(number));
      }
      expect(last.size).toBe(16);
    }
    expect(link.stats().channels.wide).toMatchObject({ messagesOut: 400, messagesIn: 400, queuedBytes: 0 });
  });

  test("that only one side has are refused to senders by name, the others work", async () => {
    const a = await network.start("a", { channels: [control, { name: "mine", priority: 1 }] });
    const b = await network.start("b", { channels: [control, { name: "yours", priority: 1 }] });
    const link = await a.endpoint.connect(b.endpoint.address);
    expect(() => link.send("mine", bytes("x"))).toThrow(expect.objectContaining({ code: "unknownChannel" }));
    expect(link.channel("mine")).toBeUndefined();
    expect(await codeOf(link.room("yours"))).toBe("unknownChannel");
    link.send("control", bytes("y"));
    await until(() => b.received.length === 1);
  });

  test.each([
    ["kind", { kind: "monotonic" }],
    ["number of connections", { connections: 2 }],
  ] as const)("of another %s are no ground for a link, and both sides learn why", async (_what, changes) => {
    const a = await network.start("a", { channels: [control, { name: "data", priority: 1 }] });
    const b = await network.start("b", { channels: [control, { name: "data", priority: 1, ...changes }] });
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("channelMismatch");
    expect(await codeOf(b.endpoint.connect(a.endpoint.address))).toBe("channelMismatch");
    await until(() => a.endpoint.stats().refusedConnections + b.endpoint.stats().refusedConnections === 2);
  });

  test("refuse a message that the peer would not take", async () => {
    const a = await network.start("a");
    const b = await network.start("b", {
      channels: [control, { name: "data", priority: 1, queueBytesMax: 5000, messageBytesMax: 5000 }],
    });
    const link = await a.endpoint.connect(b.endpoint.address);
    expect(() => link.send("data", new Uint8Array(5001))).toThrow(expect.objectContaining({ code: "messageTooLarge" }));
    link.send("data", new Uint8Array(5000));
    await until(() => b.received.length === 1);
  });

  test("of the monotonic kind send only the newest of what waits, each kind of message for itself", async () => {
    const [, b, link] = await pair({ name: "state", priority: 1, kind: "monotonic" });
    for (let round = 1; round <= 50; round++) {
      link.send("state", bytes(`heat ${round}`), { replaces: "heat" });
      link.send("state", bytes(`wind ${round}`), { replaces: "wind" });
    }
    link.send("state", bytes("once"));
    await until(() => b.received.length >= 3);
    expect(b.texts("state").toSorted()).toEqual(["heat 50", "once", "wind 50"]);
    expect(link.stats().channels.state).toMatchObject({ messagesOut: 3, dropped: 98 });
    link.send("state", bytes("heat 51"), { replaces: "heat" });
    await until(() => b.received.length === 4);
  });

  test.each(["deflate", "zstd"] as const)(
    "pack what they carry by %s, small messages and large ones",
    async (compression) => {
      const [, b, link] = await pair({ name: "packed", priority: 1, compression });
      const texts = [
        "short",
        "a".repeat(2000),
        "b".repeat(300_000),
        ...Array.from({ length: 500 }, (_, i) => `line ${i}`),
      ];
      for (const text of texts) link.send("packed", bytes(text));
      await until(() => b.received.length === texts.length);
      expect(b.texts("packed")).toEqual(texts);
    },
  );

  test("that drop the oldest keep the newest, never tear a message, and count", async () => {
    const options = {
      queueBytesMax: 20_000,
      messageBytesMax: 20_000,
      chunkBytes: 4096,
      overflow: "dropOldest",
    } as const;
    const [, b, link] = await pair({ name: "news", priority: 1, ...options });
    const texts = Array.from({ length: 60 }, (_, number) => `${number} `.padEnd(number % 5 === 0 ? 6000 : 900, "x"));
    for (const text of texts) link.send("news", bytes(text));
    await until(() => b.texts("news").at(-1) === texts.at(-1));
    const received = b.texts("news");
    const dropped = link.stats().channels.news?.dropped ?? 0;
    expect(dropped).toBeGreaterThan(0);
    expect(received.length).toBe(texts.length - dropped);
    expect(received).toEqual(texts.filter((text) => received.includes(text)));
  });

  test("of the reliable kind bring every message once, in order, over links that break [T7]", async () => {
    const [a, b, first] = await pair({ name: "sure", priority: 1, kind: "reliable", connections: 3, chunkBytes: 4096 });
    let link: Link = first;
    const expected = Array.from({ length: 9 }, () => [] as string[]);
    for (let number = 0; number < 600; number++) {
      const route = number % 9;
      const text = `${route} ${number}`.padEnd(number % 50 === 0 ? 20_000 : 12);
      expected[route]?.push(text);
      if (link.isOpen) link.send("sure", bytes(text), { route });
      else expect(a.endpoint.sendLater(link.peer, bytes(text), { channel: "sure", route })).toBe(true);
      if (number % 100 === 40) await until(() => (b.links.at(-1)?.stats().channels.sure?.messagesIn ?? 0) > 0);
      // Both ends cut, at different moments; some messages come while there is no link.
      if (number % 200 === 90) link.close(4999, "cut");
      if (number % 200 === 190) b.links.at(-1)?.close(4999, "cut");
      if (number % 100 === 98) {
        await until(() => !b.links.at(-1)?.isOpen && !link.isOpen);
        link = await a.endpoint.connect(b.endpoint.address);
      }
    }
    await until(
      () => b.received.length === 600,
      () => b.received.length,
    );
    for (const [route, texts] of expected.entries()) {
      expect(b.texts("sure").filter((text) => text.startsWith(`${route} `))).toEqual(texts);
    }
    await until(() => a.endpoint.link("b")?.stats().channels.sure?.queuedBytes === 0);
    expect(a.links.length).toBeGreaterThan(3);
  });

  test("of the reliable kind never bring what was meant for an earlier life of the peer", async () => {
    const options = { channels: [control, { name: "sure", priority: 1, kind: "reliable" as const }] };
    const a = await network.start("a", options);
    const b = await network.start("b", options);
    const link = await a.endpoint.connect(b.endpoint.address);
    link.close(4999, "cut");
    expect(a.endpoint.sendLater(link.peer, bytes("for the first life"), { channel: "sure", route: 0 })).toBe(true);
    expect(a.endpoint.sendLater(link.peer, bytes("x"), { channel: "control", route: 0 })).toBe(false);
    await until(() => b.downs.length === 1);
    b.endpoint.rejoin(2);
    const again = await a.endpoint.connect(b.endpoint.address);
    again.send("sure", bytes("for the second life"));
    await until(() => b.received.length === 1);
    expect(b.texts("sure")).toEqual(["for the second life"]);
    expect(a.endpoint.sendLater(link.peer, bytes("late"), { channel: "sure", route: 0 })).toBe(false);
    a.endpoint.forget("b");
    expect(a.endpoint.sendLater(again.peer, bytes("later"), { channel: "sure", route: 0 })).toBe(false);
  });

  test("of the reliable kind keep no more than their queue may hold while there is no link", async () => {
    const sure = { name: "sure", priority: 1, kind: "reliable", queueBytesMax: 5120, messageBytesMax: 1024 } as const;
    const [a, , link] = await pair(sure);
    link.close(4999, "cut");
    const later = (length: number): boolean =>
      a.endpoint.sendLater(link.peer, new Uint8Array(length), { channel: "sure", route: 0 });
    expect(() => later(1025)).toThrow(expect.objectContaining({ code: "messageTooLarge" }));
    for (let count = 0; count < 5; count++) expect(later(1024)).toBe(true);
    expect(() => later(1)).toThrow(expect.objectContaining({ code: "overloaded" }));
  });

  test("say when there is room again, and that the link is gone", async () => {
    const options = { queueBytesMax: 100_000, messageBytesMax: 100_000 };
    const [, b, link] = await pair({ name: "bulk", priority: 1, ...options });
    const message = new Uint8Array(10_000);
    let sent = 0;
    while (trySend(link, "bulk", message) === "sent") sent++;
    expect(sent).toBe(9);
    expect(link.stats().channels.bulk?.refused).toBe(1);
    for (let more = 0; more < 20; more++) {
      await link.room("bulk");
      link.send("bulk", message);
    }
    await until(() => b.received.length === 29);
    while (trySend(link, "bulk", message) === "sent");
    const room = codeOf(link.room("bulk"));
    link.close(1000, "over");
    expect(await room).toBe("linkClosed");
    expect(await codeOf(link.room("bulk"))).toBe("linkClosed");
  });
});
