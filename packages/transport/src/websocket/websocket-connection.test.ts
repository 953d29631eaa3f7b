import { connect, type Socket } from "node:net";
import { silentLog, systemRuntime } from "@foundation/actor";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../testing/test-endpoint.ts";
import type { Connection, Listener } from "../transport.ts";
import { WebSocketTransport } from "./websocket-transport.ts";

const runtime = systemRuntime({ log: silentLog });
let listener: Listener;
let socket: Socket;
let connection: Connection;
let events: string[];
/** What is done about each frame, from inside its handler. */
let onFrame: () => void;

beforeEach(async () => {
  // The connection of the test before may end only now.
  const seen: string[] = [];
  events = seen;
  onFrame = () => {};
  const accepted = Promise.withResolvers<Connection>();
  listener = await new WebSocketTransport({ runtime }).listen({ host: "127.0.0.1", port: 0 }, (made) => {
    made.attach({
      onFrame: (bytes) => {
        seen.push(Buffer.from(bytes).toString());
        onFrame();
      },
      onDrain() {},
      onClose: (code) => void seen.push(`closed ${code}`),
    });
    accepted.resolve(made);
  });
  socket = connect(listener.address.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    "GET /foundation HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
      "Sec-WebSocket-Protocol: foundation.v1\r\n\r\n",
  );
  connection = await accepted.promise;
});
afterEach(async () => {
  socket.destroy();
  await listener.close();
});

/** Masked frames in one piece, so that they are read at once. */
function write(...payloads: readonly string[]): void {
  socket.write(Buffer.concat(payloads.map((text) => frame(0x82, Buffer.from(text)))));
}

function frame(head: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(head, 0x80 | payload.length, 0, 0, 0, 0), payload]);
}

test("a paused connection reports nothing more, also of what was read at once", async () => {
  onFrame = () => connection.pause();
  write("a", "b", "c");
  await until(() => events.length > 0);
  expect(events).toEqual(["a"]);
  connection.resume();
  expect(events).toEqual(["a", "b"]);
  onFrame = () => {};
  connection.resume();
  expect(events).toEqual(["a", "b", "c"]);
  write("d");
  await until(() => events.length === 4);
  connection.resume();
  expect(events.at(-1)).toBe("d");
});

test("a close waits for what came before it, and is reported once", async () => {
  onFrame = () => connection.pause();
  socket.write(Buffer.concat([frame(0x82, Buffer.from("a")), frame(0x82, Buffer.from("b"))]));
  await until(() => events.length > 0);
  socket.destroy();
  connection.resume();
  expect(events).toEqual(["a", "b"]);
  onFrame = () => {};
  connection.resume();
  await until(() => events.length === 3);
  connection.resume();
  expect(events).toEqual(["a", "b", "closed 1006"]);
});

test.each(["close", "terminate"] as const)(
  "%s drops what was held back, and its end is reported all the same",
  async (how) => {
    onFrame = () => connection.pause();
    write("a", "b", "c");
    await until(() => events.length > 0);
    if (how === "close") connection.close(1000, "enough");
    else connection.terminate();
    expect(events).toEqual(["a"]);
    connection.resume();
    await until(() => events.length === 2);
    expect(events[1]).toMatch(/^closed/);
  },
);

test("what is sent between cork and uncork leaves with uncork, whole and in order", async () => {
  const received: Buffer[] = [];
  socket.on("data", (bytes) => void received.push(bytes));
  await until(() => received.length > 0);
  const sent = Array.from({ length: 3 }, (_, at) => Buffer.alloc(100, at));
  connection.cork?.();
  for (const each of sent) connection.send(each);
  expect(connection.bufferedBytes).toBe(3 * 102);
  connection.uncork?.();
  expect(connection.bufferedBytes).toBe(0);
  await until(() => Buffer.concat(received).length >= 3 * 102 && Buffer.concat(received).at(-1) === 2);
  const frames = Buffer.concat(sent.map((each) => Buffer.concat([Uint8Array.of(0x82, 100), each])));
  expect(Buffer.concat(received).subarray(-frames.length)).toEqual(frames);
});
