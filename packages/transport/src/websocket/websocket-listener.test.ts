import { request } from "node:http";
import { connect } from "node:net";
import { systemRuntime } from "@foundation/actor";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { until } from "../testing/test-endpoint.ts";
import type { Connection, Listener } from "../transport.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

describe("the port of a WebSocket listener", () => {
  let listener: Listener;
  let connections: Connection[];
  const closes: number[] = [];

  beforeEach(async () => {
    connections = [];
    closes.length = 0;
    const transport = new WebSocketTransport({ runtime: systemRuntime(), upgradeTimeoutMs: 200 });
    listener = await transport.listen({ host: "127.0.0.1", port: 0 }, (connection) => {
      connections.push(connection);
      connection.attach({ onFrame() {}, onDrain() {}, onClose: (code) => void closes.push(code) });
    });
  });
  afterEach(() => listener.close());

  const upgrade = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const right = { ...upgrade, "Sec-WebSocket-Protocol": "foundation.v1" };

  function statusOf(path: string, headers: Record<string, string | string[]> = {}, method = "GET"): Promise<number> {
    return new Promise((resolve, reject) => {
      const { host, port } = listener.address;
      const call = request({ host, port, path, method, headers, agent: false });
      call.on("response", (response) => {
        response.resume();
        expect([response.headers.server, response.headers["x-powered-by"]]).toEqual([undefined, undefined]);
        resolve(response.statusCode ?? 0);
      });
      call.on("upgrade", (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
      call.on("error", reject);
      call.end();
    });
  }

  /** Sends raw bytes and resolves with what came back until the other side closed. */
  function answerTo(bytes: Uint8Array | string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(listener.address.port, "127.0.0.1", () => bytes.length > 0 && socket.write(bytes));
      let answer = "";
      socket.on("data", (data) => {
        answer += data.toString("latin1");
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
    });
  }

  test("answers what is no upgrade with a bare status [B3]", async () => {
    expect(await statusOf("/foundation")).toBe(426);
    expect(await statusOf("/")).toBe(404);
    expect(await statusOf("/foundation", {}, "POST")).toBe(405);
    expect(await statusOf("/other", right)).toBe(404);
    expect(await statusOf("/foundation", { filler: "x".repeat(20_000) })).toBe(431);
  });

  test("refuses browsers and names that were rebound [B4]", async () => {
    expect(await statusOf("/foundation", { ...right, Origin: "https://evil.example" })).toBe(403);
    expect(await statusOf("/foundation", { ...right, Host: "rebind.example" })).toBe(403);
    expect(await statusOf("/foundation", { ...right, Host: "localhost:1" })).toBe(101);
  });

  test("refuses any subprotocol but its own [B5]", async () => {
    expect(await statusOf("/foundation", upgrade)).toBe(400);
    expect(await statusOf("/foundation", { ...upgrade, "Sec-WebSocket-Protocol": "other" })).toBe(400);
    expect(
      await statusOf("/foundation", { ...upgrade, "Sec-WebSocket-Protocol": "foundation.v1, foundation.v1" }),
    ).toBe(400);
    expect(await statusOf("/foundation", right)).toBe(101);
  });

  test("drops sockets that never upgrade: silent, dribbling, or of another protocol [B1][B11]", async () => {
    expect(await answerTo("")).toBe("");
    expect(await answerTo("GET /foundation HTTP/1.1\r\nHost: 127.0.0.1\r\n")).not.toContain("101");
    expect(await answerTo("SSH-2.0-OpenSSH_9.2\r\n")).toContain("400");
    expect(await answerTo(Buffer.alloc(1_048_576, 0xa5))).toContain("400");
    expect(connections).toEqual([]);
  });

  test.each([
    ["an unmasked frame [B6]", [0x82, 0x01, 0x41]],
    ["reserved bits [B6]", [0xf2, 0x80, 0, 0, 0, 0]],
    ["an unknown opcode [B6]", [0x83, 0x80, 0, 0, 0, 0]],
    ["a continuation of nothing [B6]", [0x80, 0x80, 0, 0, 0, 0]],
    ["a length of 2^63 [B7]", [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["a gibibyte that never comes [B7]", [0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]],
    ["text [B10]", [0x81, 0x81, 0, 0, 0, 0, 0x41]],
  ])("closes a connection that sends %s", async (_name, bytes) => {
    const head = Object.entries({ Host: "127.0.0.1", ...right }).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = Buffer.from(`GET /foundation HTTP/1.1\r\n${head.join("")}\r\n`);
    const answer = await answerTo(Buffer.concat([request, Buffer.from(bytes)]));
    expect(answer).toContain("101 Switching Protocols");
    await until(() => closes.length === 1);
  });

  test("negotiates no compression [B9]", async () => {
    const { host, port } = listener.address;
    const socket = new WebSocket(`ws://${host}:${port}/foundation`, "foundation.v1", { perMessageDeflate: true });
    await new Promise((resolve) => socket.on("open", resolve));
    expect(socket.extensions).toBe("");
    socket.terminate();
  });

  test("leaves pings unanswered, so that they cannot fill memory [B8]", async () => {
    const { host, port } = listener.address;
    const socket = new WebSocket(`ws://${host}:${port}/foundation`, "foundation.v1");
    await new Promise((resolve) => socket.on("open", resolve));
    for (let i = 0; i < 5000; i++) socket.ping();
    socket.send("text ends it");
    await until(() => closes.length === 1);
    expect(connections[0]?.bufferedBytes).toBe(0);
  });
});
