import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeHello, type Hello } from "../handshake/hello.ts";
import { createProof, transcript } from "../handshake/proof.ts";
import { type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";
import type { Connection } from "../transport.ts";

interface Raw {
  readonly connection: Connection;
  readonly frames: Uint8Array[];
  closed: { readonly code: number; readonly reason: string } | undefined;
}

describe.each(["memory", "websocket"] as const)("a listening endpoint with a healthy link over %s", (kind) => {
  let network: TestNetwork;
  let victim: TestEndpoint;
  let friend: TestEndpoint;

  beforeEach(async () => {
    network = new TestNetwork(kind);
    victim = await network.start("victim", { handshakeTimeoutMs: 300 });
    friend = await network.start("friend");
    await friend.endpoint.connect(victim.endpoint.address);
  });
  afterEach(async () => {
    const before = victim.received.length;
    friend.links[0]?.send("control", Buffer.from("still here"));
    await until(() => victim.received.length === before + 1);
    const lines = network.logged.filter(({ event }) => event === "connection refused");
    expect(lines.length).toBeLessThanOrEqual(1);
    await network.stop();
  });

  /** What was sent has arrived, and what it led to as well. */
  async function settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => network.runtime.nextTurn(resolve));
  }

  async function dial(): Promise<Raw> {
    const connection = await network.transport().dial(victim.endpoint.address, { timeoutMs: 5000 });
    const raw: Raw = { connection, frames: [], closed: undefined };
    connection.attach({
      onFrame: (frame) => void raw.frames.push(frame),
      onDrain() {},
      onClose: (code, reason) => {
        raw.closed = { code, reason };
      },
    });
    return raw;
  }

  const hello: Hello = {
    role: "initiator",
    versions: { min: 1, max: 1 },
    cluster: "test",
    nodeId: "stranger",
    incarnation: 1,
    address: { host: "127.0.0.1", port: 9 },
    linkId: new Uint8Array(16).fill(1),
    channel: "control",
    connectionIndex: 0,
    nonce: new Uint8Array(32).fill(1),
  };

  /** A connection that proved itself with the right secret, and may now misbehave. */
  async function authenticated(changes: Partial<Hello> = {}): Promise<Raw> {
    const raw = await dial();
    const sent = encodeHello({ ...hello, ...changes });
    raw.connection.send(Buffer.from(sent));
    await until(() => raw.frames.length === 1 || raw.closed !== undefined);
    const secret = Buffer.from("a secret of the tests");
    const none = new Uint8Array();
    const signed = transcript({ initiatorHello: sent, responderHello: raw.frames[0] ?? none, tlsBinding: none });
    raw.connection.send(createProof(secret, "initiator", signed));
    await until(() => raw.frames.length >= 2 || raw.closed !== undefined);
    return raw;
  }

  async function closedWith(raw: Raw, code: number): Promise<void> {
    await until(() => raw.closed !== undefined);
    expect(raw.closed?.code).toBe(code);
  }

  test("closes silence at the handshake deadline [B1]", async () => {
    await closedWith(await dial(), 4408);
    expect(victim.endpoint.stats().refusedConnections).toBe(1);
  });

  test("[Y21] calls a peer that is killed in its handshake lost, not refused", async () => {
    const raw = await dial();
    raw.connection.send(encodeHello(hello));
    await until(() => raw.frames.length === 1);
    raw.connection.terminate();
    const lines = () => network.logged.filter(({ event }) => event.startsWith("connection "));
    await until(() => lines().length > 0);
    expect(lines()).toMatchObject([{ level: "info", event: "connection lost during its handshake" }]);
    expect(lines()[0]?.fields).toMatchObject({
      from: raw.connection.remoteHost,
      peer: "stranger",
      why: "its node ended, or the network failed",
    });
    expect(victim.endpoint.stats().refusedConnections).toBe(1);
  });

  test("closes random bytes in place of a hello [B11]", async () => {
    for (let round = 0; round < 20; round++) {
      const raw = await dial();
      raw.connection.send(network.runtime.randomBytes(1 + round * 3000));
      await closedWith(raw, 4400);
    }
  });

  test("closes data before authentication, and keeps none of it [B15]", async () => {
    const first = await dial();
    first.connection.send(Buffer.from([0x10, 1, 65]));
    await closedWith(first, 4400);
    const second = await dial();
    second.connection.send(encodeHello(hello));
    second.connection.send(Buffer.from([0x10, 1, 65]));
    await closedWith(second, 4401);
    expect(victim.received).toEqual([]);
    expect(victim.links).toHaveLength(1);
  });

  test("refuses an unknown channel, a link that is not there, and a channel that is open [B25]", async () => {
    await closedWith(await authenticated({ channel: "data" }), 4404);
    const link = await authenticated();
    await until(() => victim.links.length === 2);
    await closedWith(await authenticated({ channel: "nonsense" }), 4404);
    await closedWith(await authenticated({ channel: "data", linkId: new Uint8Array(16) }), 4404);
    const data = await authenticated({ channel: "data" });
    await closedWith(await authenticated({ channel: "data" }), 4404);
    expect([link.closed, data.closed]).toEqual([undefined, undefined]);
    data.connection.terminate();
    await until(() => victim.downs.length === 1);
    expect(victim.downs[0]?.reason).toEqual({ kind: "lost" });
    await until(() => link.closed !== undefined);
  });

  const huge = Buffer.from([0x11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
  test.each([
    ["a message longer than its frame", [Buffer.from([0x10, 200, 1, 65])]],
    ["a length of seven bytes", [Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]],
    ["a chunk of nothing", [Buffer.from([0x12, 1])]],
    ["a message above the limit", [huge]],
    ["countless tiny chunks", [Buffer.from([0x11, 0x80, 0x80, 0x40, 1]), Buffer.from([0x12, 1])]],
    ["more chunk bytes than announced", [Buffer.from([0x11, 1, 65, 65])]],
    [
      "a batch inside a large message",
      [Buffer.concat([Buffer.from([0x11, 0x80, 0x80, 0x40]), Buffer.alloc(2000)]), Buffer.from([0x10, 1, 65])],
    ],
    ["credit for nothing", [Buffer.from([0x13, 5])]],
    ["a request to open from the side that dials", [Buffer.from([0x14, 4, 100, 97, 116, 97])]],
  ])("ends the link of a peer that sends %s", async (_name, frames) => {
    const raw = await authenticated();
    for (const frame of frames) raw.connection.send(frame);
    await closedWith(raw, 4400);
    await until(() => victim.downs.length === 1);
    expect(victim.downs[0]?.link.peer.nodeId).toBe("stranger");
    expect(victim.received).toEqual([]);
  });

  // Over sockets the operating system would take some megabytes first.
  test.runIf(kind === "memory")(
    "collects no answers for a peer that asks for signs of life and reads none",
    async () => {
      const raw = await authenticated();
      raw.connection.pause();
      for (let round = 0; round < 10; round++) {
        for (let probe = 0; probe < 1_000; probe++) raw.connection.send(Uint8Array.of(0x16));
        await settled();
      }
      raw.connection.resume();
      await settled();
      const answers = raw.frames.filter(([head]) => head === 0x17).length;
      expect(answers).toBeGreaterThan(0);
      expect(answers).toBeLessThanOrEqual(10);
      expect(raw.closed).toBeUndefined();
    },
  );

  test("skips and counts frames of later versions [T6]", async () => {
    const raw = await authenticated();
    raw.connection.send(Buffer.from([0x7f, 1, 2, 3]));
    raw.connection.send(Buffer.from([0x10, 2, 104, 105]));
    await until(() => victim.received.length === 1);
    expect(victim.texts()).toEqual(["hi"]);
    expect(victim.links[1]?.stats().ignoredFrames).toBe(1);
  });

  test("notices at once when a connection breaks without a word", async () => {
    const raw = await authenticated();
    await until(() => victim.links.length === 2);
    raw.connection.terminate();
    await until(() => victim.downs.length === 1);
    expect(victim.downs[0]?.reason).toEqual({ kind: "lost" });
    expect(victim.endpoint.link("stranger")).toBeUndefined();
  });

  test("takes 64 unproved connections from one host and no more [B2]", async () => {
    const raws = await Promise.all(Array.from({ length: 80 }, () => dial().catch(() => undefined)));
    await until(() => raws.filter((raw) => !raw || raw.closed).length >= 16);
    await until(() => raws.every((raw) => !raw || raw.closed));
    const codes = raws.map((raw) => raw?.closed?.code);
    expect(codes.filter((code) => code === 4408).length).toBeLessThanOrEqual(64);
    expect(codes.filter((code) => code === 4408).length).toBeGreaterThan(0);
  });
});
