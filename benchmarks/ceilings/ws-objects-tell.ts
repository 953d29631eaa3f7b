// As ws-batched-tell.ts, with messages that mean something: each is packed, unpacked into an object, and calls a method by its name.
import type { WebSocket } from "ws";
import { tellFor } from "../traffic.ts";
import { MessageBatch, readBatch } from "./message-batch.ts";
import { dispatch, messagePack } from "./object-messages.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

/** The number of the only target. */
const sinkId = 17;
/** Numbers of frames' messages: the result is wanted, or not. */
const told = 0;
const asked = 1;

class Sink {
  #received = 0;

  take(_payload: Buffer): void {
    this.#received++;
  }

  received(): number {
    return this.#received;
  }
}

const packr = messagePack();
let socket: WebSocket;

/** Calls what it is told to call, and answers what it is asked. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    const targets = new Map([[sinkId, new Sink()]]);
    accepted.on("message", (frame) => {
      readBatch(frame as Buffer, (kind, message) => {
        const result = dispatch(targets, packr.unpack(message));
        if (kind === asked) accepted.send(packr.pack(result));
      });
    });
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Messages with `bytes` bytes a second. */
export async function round(bytes: number, ms: number): Promise<number> {
  const payload = Buffer.alloc(bytes, "x");
  const batch = new MessageBatch((frame) => socket.send(frame));
  const waiting: ((received: number) => void)[] = [];
  const listener = (answer: Buffer): void => waiting.shift()?.(packr.unpack(answer) as number);
  socket.on("message", listener);
  const send = (count: number): void => {
    for (let sent = 0; sent < count; sent++) batch.add(told, packr.pack([sinkId, "take", [payload]]));
  };
  const received = (): Promise<number> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      batch.add(asked, packr.pack([sinkId, "received", []]));
      batch.flush();
    });
  const rate = await tellFor({ send, received }, { batch: 1000, window: 4 }, ms);
  socket.off("message", listener);
  return rate;
}
