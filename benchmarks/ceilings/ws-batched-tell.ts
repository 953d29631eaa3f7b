// Tells between processes, bare: messages behind each other in frames of 64 KiB, over one WebSocket.
import type { WebSocket } from "ws";
import { tellFor } from "../traffic.ts";
import { MessageBatch, readBatch } from "./message-batch.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

/** Asks for what was received so far. */
const countRequest = 1;

class Sink {
  #received = 0;

  take(_payload: Buffer): void {
    this.#received++;
  }

  received(): number {
    return this.#received;
  }
}

let socket: WebSocket;

/** Counts messages, and says how many when it is asked. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    const sink = new Sink();
    accepted.on("message", (frame) => {
      readBatch(frame as Buffer, (kind, payload) => {
        if (kind === countRequest) accepted.send(String(sink.received()));
        else sink.take(payload);
      });
    });
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Messages of `bytes` bytes a second. */
export async function round(bytes: number, ms: number): Promise<number> {
  const payload = Buffer.alloc(bytes, "x");
  const batch = new MessageBatch((frame) => socket.send(frame));
  const waiting: ((received: number) => void)[] = [];
  const listener = (answer: unknown): void => waiting.shift()?.(Number(answer));
  socket.on("message", listener);
  const send = (count: number): void => {
    for (let sent = 0; sent < count; sent++) batch.add(0, payload);
  };
  const received = (): Promise<number> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      batch.add(countRequest, Buffer.alloc(0));
      batch.flush();
    });
  const rate = await tellFor({ send, received }, { batch: 1000, window: 4 }, ms);
  socket.off("message", listener);
  return rate;
}
