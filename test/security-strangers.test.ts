// Slow: thousands of strangers, and real time limits.
// Bad inputs from those who have not proved anything, each against a node that goes on working for the members beside it.

import { connect as connectTls } from "node:tls";
import { type AuditEvent, Foundation, type Node } from "@foundation/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HandshakeInitiator } from "../packages/transport/src/handshake/handshake.ts";
import { encodeHello, type Hello } from "../packages/transport/src/handshake/hello.ts";
import { type Stranger, strangersHello } from "../tools/fuzz/stranger.ts";
import { Besieged, secret } from "./support/besieged.ts";
import { answerTo, clientFrame, RawSocket, requestText, upgradeHeaders } from "./support/raw-socket.ts";
import { TestAuthority } from "./support/test-certificates.ts";
import { until } from "./support/until.ts";

let besieged: Besieged;
let encrypted: Node;

beforeAll(async () => {
  besieged = await Besieged.open();
  const authority = new TestAuthority();
  const tls = { ...authority.node("encrypted"), ca: authority.ca };
  encrypted = await Foundation.start({ name: "encrypted", cluster: "none", secret, tls, logLevel: "silent" });
});
afterAll(async () => {
  await Promise.all([besieged.close(), encrypted.stop()]);
});
afterEach(() => besieged.checkHealth());

const hello: Hello = { role: "initiator", ...strangersHello };

/** Sends frames one after the other and waits for the end of the connection. */
async function closeAfter(...frames: readonly Uint8Array[]): Promise<Stranger> {
  const stranger = await besieged.dial();
  for (const frame of frames) stranger.connection.send(Uint8Array.from(frame));
  await until(() => stranger.closed !== undefined);
  return stranger;
}

describe("[T8] a node that is attacked by strangers", () => {
  it("[B1] lets nobody wait in silence, at any stage", async () => {
    const { address } = besieged;
    const silent = await RawSocket.open(address);
    const dribbling = await RawSocket.open(address);
    dribbling.write("GET /foundation HTTP/1.1\r\n");
    const dribble = setInterval(() => dribbling.write("X: y\r\n"), 500);
    const upgraded = await RawSocket.upgraded(address);
    const silentTls = await RawSocket.open(encrypted.transport.address);
    const halfTls = await RawSocket.open(encrypted.transport.address);
    halfTls.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
    await Promise.all([silent, dribbling, upgraded, silentTls, halfTls].map((raw) => raw.closed()));
    clearInterval(dribble);
    expect(upgraded.closeCode).toBe(4408);
    expect(besieged.refused).toBeGreaterThanOrEqual(3);
  });

  it("[B2] takes 64 connections of one host that have not proved themselves, and drops 2,000 further ones", async () => {
    const before = besieged.refused;
    const raws: RawSocket[] = [];
    for (let round = 0; round < 20; round++) {
      const dialed = Array.from({ length: 104 }, () => RawSocket.open(besieged.address).catch(() => undefined));
      raws.push(...(await Promise.all(dialed)).filter((raw) => raw !== undefined));
    }
    await until(() => besieged.refused - before >= 2_000);
    await besieged.checkHealth();
    await until(() => raws.filter((raw) => !raw.isClosed).length <= 64);
    for (const { socket } of raws) socket.destroy();
    // The places are free again.
    await until(() => raws.every(({ isClosed }) => isClosed));
    expect((await RawSocket.upgraded(besieged.address)).status).toBe(101);
  });

  // Other systems have 127.0.0.1 alone, where nobody can come from several addresses.
  it.runIf(process.platform === "linux")(
    "[B2] keeps places for hosts that have none, before the upgrade and before the proof",
    async () => {
      const audited: AuditEvent[] = [];
      const audit = (event: AuditEvent): void => void audited.push(event);
      await using node = await Foundation.start({ cluster: "none", secret, audit, logLevel: "silent" });
      const { address } = node.transport;
      for (const open of [RawSocket.open, RawSocket.upgraded]) {
        const hosts = [2, 3, 4, 5].map((last) => `127.0.0.${last}`);
        const raws = await Promise.all(hosts.flatMap((from) => Array.from({ length: 64 }, () => open(address, from))));
        await using late = await Foundation.start({
          cluster: "none",
          secret,
          seeds: [`127.0.0.1:${address.port}`],
          logLevel: "silent",
        });
        await late.ready({ size: 2 });
        expect(raws.filter(({ isClosed }) => isClosed).length).toBeLessThan(64);
        for (const { socket } of raws) socket.destroy();
        await until(() => raws.every(({ isClosed }) => isClosed));
      }
      expect(audited.filter(({ kind }) => kind === "refused").slice(0, 1)).toMatchObject([
        { code: 1013, remoteHost: expect.stringMatching(/^127\.0\.0\.[2-5]$/) },
      ]);
    },
  );

  it.each<[string, string, number]>([
    ["no upgrade", requestText({}, { Host: "127.0.0.1" }), 426],
    ["another path", requestText({ path: "/" }), 404],
    ["another path without upgrade", requestText({ path: "/admin" }, { Host: "127.0.0.1" }), 404],
    ["POST", requestText({ method: "POST" }, { Host: "127.0.0.1", "Content-Length": "0" }), 405],
    ["POST with an upgrade", requestText({ method: "POST" }), 405],
    ["20 KB of headers", requestText({}, { ...upgradeHeaders, Filler: "x".repeat(20_000) }), 431],
    [
      "2,500 headers",
      requestText({}, { ...Object.fromEntries(Array.from({ length: 2_500 }, (_, i) => [`X${i}`, "y"])) }),
      431,
    ],
    [
      "a body that claims two lengths",
      "POST /foundation HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      400,
    ],
  ])("[B3] answers %s with a bare status", async (_what, request, status) => {
    const before = besieged.refused;
    const raw = await answerTo(besieged.address, request);
    expect(raw.status).toBe(status);
    expect(raw.text).not.toMatch(/server|powered|node|foundation/i);
    // Those of an attack before this one may still be counted.
    expect(besieged.refused).toBeGreaterThan(before);
  });

  it.each<[string, Record<string, string | undefined>, number]>([
    ["[B4] an Origin", { Origin: "https://evil.example" }, 403],
    ["[B4] the Origin of this very host", { Origin: "http://127.0.0.1" }, 403],
    ["[B4] a name that was rebound", { Host: "rebind.example" }, 403],
    ["[B4] a Host that only begins like one", { Host: "127.0.0.1.evil.example" }, 403],
    ["[B5] no subprotocol", { "Sec-WebSocket-Protocol": undefined }, 400],
    ["[B5] an unknown subprotocol", { "Sec-WebSocket-Protocol": "foundation.v2" }, 400],
    ["[B5] the subprotocol twice", { "Sec-WebSocket-Protocol": "foundation.v1, foundation.v1" }, 400],
    ["[B5] no key", { "Sec-WebSocket-Key": undefined }, 400],
    ["[B5] an old version", { "Sec-WebSocket-Version": "7" }, 400],
  ])("refuses %s before the upgrade", async (_what, headers, status) => {
    const raw = await answerTo(besieged.address, requestText({}, { ...upgradeHeaders, ...headers }));
    expect(raw.status).toBe(status);
  });

  it.each<[string, Uint8Array, number]>([
    ["[B6] an unmasked frame", Buffer.from([0x82, 0x01, 0x41]), 1002],
    ["[B6] reserved bits", clientFrame(0xf2), 1002],
    ["[B6] an unknown opcode", clientFrame(0x83), 1002],
    ["[B6] a continuation of nothing", clientFrame(0x80), 1002],
    ["[B6] a ping of 126 bytes", clientFrame(0x89, new Uint8Array(126)), 1002],
    ["[B6] a fragmented ping", clientFrame(0x09), 1002],
    ["[B6] the close code 1005", clientFrame(0x88, Buffer.from([0x03, 0xed])), 1002],
    ["[B7] a length of 2^63", Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ["[B7] a gibibyte that never comes", Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ["[B10] a text", clientFrame(0x81, Buffer.from("A")), 1003],
    ["[B10] a text that is no UTF-8", clientFrame(0x81, Buffer.from([0xff, 0xfe])), 1007],
  ])("closes %s", async (_what, bytes, code) => {
    const raw = await RawSocket.upgraded(besieged.address);
    raw.write(bytes);
    await raw.closed();
    expect(raw.closeCode).toBe(code);
  });

  it("[B8] bears countless empty fragments, and pings to somebody who reads nothing", async () => {
    const fragments = await RawSocket.upgraded(besieged.address);
    fragments.write(Buffer.concat([clientFrame(0x02), ...Array<Buffer>(20_001).fill(clientFrame(0x00))]));
    const pings = await RawSocket.upgraded(besieged.address);
    pings.socket.pause();
    pings.write(Buffer.concat(Array<Buffer>(5_000).fill(clientFrame(0x89, new Uint8Array(100)))));
    await besieged.checkHealth();
    pings.socket.resume();
    await Promise.all([fragments.closed(), pings.closed()]);
    // Not one of them was answered.
    expect(pings.closeCode).toBe(4408);
  });

  it("[B9] negotiates no compression, so that there is no bomb", async () => {
    const raw = await RawSocket.open(besieged.address);
    raw.write(requestText({}, { ...upgradeHeaders, "Sec-WebSocket-Extensions": "permessage-deflate" }));
    await until(() => raw.text.includes("\r\n\r\n"));
    expect([raw.status, raw.text]).toEqual([101, expect.not.stringMatching(/extensions/i)]);
    raw.socket.destroy();
    const compressed = await RawSocket.upgraded(besieged.address);
    compressed.write(clientFrame(0xc2, Buffer.alloc(100)));
    expect((await compressed.closed()).closeCode).toBe(1002);
  });

  it("[B10] delivers nothing of a frame that is cut off by a reset", async () => {
    const before = besieged.refused;
    const raw = await RawSocket.upgraded(besieged.address);
    raw.write(clientFrame(0x82, encodeHello(hello)).subarray(0, 40));
    raw.socket.resetAndDestroy();
    await until(() => besieged.refused === before + 1);
  });

  it("[B11] closes whoever speaks something else, on a plain port and behind TLS", async () => {
    const random = crypto.getRandomValues(new Uint8Array(65_536));
    const inputs = [
      Buffer.concat(Array<Uint8Array>(16).fill(random)),
      "SSH-2.0-OpenSSH_9.2\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00",
    ];
    for (const input of inputs)
      for (const { address } of [besieged, encrypted.transport]) await answerTo(address, input);
    const { host, port } = besieged.address;
    const tls = connectTls({ host, port, rejectUnauthorized: false });
    await new Promise((resolve) => tls.once("error", resolve));
    expect(encrypted.transport.stats().refusedConnections).toBeGreaterThanOrEqual(inputs.length - 1);
  });

  it.each<[string, Partial<Hello>, number, RegExp]>([
    ["another cluster", { cluster: "other" }, 4403, /another cluster/],
    ["no cluster", { cluster: "" }, 4403, /another cluster/],
    ["version 0", { versions: { min: 0, max: 0 } }, 4426, /1\.\.1/],
    ["later versions only", { versions: { min: 2, max: 2 ** 53 - 1 } }, 4426, /1\.\.1/],
    ["versions upside down", { versions: { min: 2, max: 1 } }, 4400, /malformed/],
  ])("[B12] refuses %s, and proves nothing to it", async (_what, changes, code, reason) => {
    const stranger = await closeAfter(encodeHello({ ...hello, ...changes }));
    expect(stranger.closed).toEqual({ code, reason: expect.stringMatching(reason) });
    expect(stranger.frames).toEqual([]);
  });

  it.each<[string, Uint8Array]>([
    ["a wrong proof", Buffer.concat([Uint8Array.of(2), new Uint8Array(32)])],
    ["a short one", Buffer.concat([Uint8Array.of(2), new Uint8Array(31)])],
    ["a long one", Buffer.concat([Uint8Array.of(2), new Uint8Array(33)])],
    ["base64", Buffer.from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
    ["a statement that its life is over", Buffer.concat([Uint8Array.of(3, 5), new Uint8Array(32)])],
    ["its own hello again", encodeHello(hello)],
    ["a message [B15]", Buffer.from([0x10, 1, 11])],
  ])("[B13] refuses %s in place of a proof, and proves nothing", async (_what, frame) => {
    const stranger = await closeAfter(encodeHello(hello), frame, Buffer.from([0x10, 1, 11]));
    expect(stranger.closed?.code).toBe(4401);
    expect(stranger.frames).toHaveLength(1);
    expect(besieged.victim.transport.link("stranger")).toBeUndefined();
  });

  it("[B14] refuses a handshake that was recorded, and its own challenge", async () => {
    const recorded: Uint8Array[] = [];
    const first = await besieged.dial();
    const initiator = new HandshakeInitiator({ secrets: [Buffer.from(secret)], hello });
    recorded.push(Uint8Array.from(initiator.hello()));
    first.connection.send(Uint8Array.from(initiator.hello()));
    await until(() => first.frames.length === 1);
    initiator.receive(first.frames[0] as Uint8Array);
    recorded.push(initiator.proof());
    first.connection.terminate();
    expect((await closeAfter(...recorded)).closed?.code).toBe(4401);
    const reflecting = await besieged.dial();
    reflecting.connection.send(encodeHello(hello));
    await until(() => reflecting.frames.length === 1);
    reflecting.connection.send(Uint8Array.from(reflecting.frames[0] as Uint8Array));
    await until(() => reflecting.closed !== undefined);
    expect(reflecting.closed?.code).toBe(4401);
    const mirrored = await closeAfter(first.frames[0] as Uint8Array);
    expect(mirrored.closed?.code).toBe(4400);
  });

  it("[B15] takes no message before the handshake, and keeps none for later", async () => {
    expect((await closeAfter(Buffer.from([0x10, 1, 11]))).closed?.code).toBe(4400);
  });

  it.each(["", "a".repeat(129), "a\0", "a\nb", "../x", "__proto__/", "a b", "\u{1f600}", "x".repeat(1_500)])(
    "[B16] refuses the node id %j",
    async (nodeId) => {
      expect((await closeAfter(encodeHello({ ...hello, nodeId }))).closed?.code).toBe(4400);
    },
  );

  it("[B16] refuses a hello of a mebibyte", async () => {
    expect((await closeAfter(Buffer.concat([encodeHello(hello), Buffer.alloc(200_000)]))).closed?.code).toBe(4400);
    const raw = await RawSocket.upgraded(besieged.address);
    raw.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]));
    expect((await raw.closed()).closeCode).toBe(1009);
  });
});
