// Asks in flight between processes, bare: the requests of a turn in one frame, and so their answers, over one WebSocket.
import type { WebSocket } from "ws";
import { askInFlight } from "../traffic.ts";
import { MessageBatch, readBatch } from "./message-batch.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

let socket: WebSocket;

/** Answers each request with itself. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    const answers = new MessageBatch((frame) => accepted.send(frame));
    accepted.on("message", (frame) => {
      readBatch(frame as Buffer, (id, request) => answers.add(id, request));
      answers.flush();
    });
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Asks a second with `inFlight` callers. */
export async function round(inFlight: number, ms: number): Promise<number> {
  const request = Buffer.from("ping");
  const requests = new MessageBatch((frame) => socket.send(frame));
  const waiting = new Map<number, (answer: string) => void>();
  let lastId = 0;
  const listener = (frame: unknown): void =>
    readBatch(frame as Buffer, (id, answer) => {
      waiting.get(id)?.(answer.toString());
      waiting.delete(id);
    });
  socket.on("message", listener);
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      const id = (lastId = (lastId + 1) >>> 0);
      waiting.set(id, resolve);
      // Behind all callers that go on in this turn.
      if (requests.isEmpty) queueMicrotask(() => requests.flush());
      requests.add(id, request);
    });
  const rate = await askInFlight(ask, inFlight, ms);
  socket.off("message", listener);
  return rate;
}
