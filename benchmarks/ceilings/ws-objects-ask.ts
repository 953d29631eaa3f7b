// As ws-batched-ask.ts, with messages that mean something: requests are packed, unpacked, call a method by its name, and so their results.
import type { WebSocket } from "ws";
import { askInFlight } from "../traffic.ts";
import { MessageBatch, readBatch } from "./message-batch.ts";
import { dispatch, messagePack } from "./object-messages.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

/** The number of the only target. */
const echoId = 17;

class Echo {
  echo(request: unknown): unknown {
    return request;
  }
}

const packr = messagePack();
let socket: WebSocket;

/** Answers each request with what the method returns. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    const targets = new Map([[echoId, new Echo()]]);
    const answers = new MessageBatch((frame) => accepted.send(frame));
    accepted.on("message", (frame) => {
      readBatch(frame as Buffer, (id, request) => {
        answers.add(id, packr.pack(dispatch(targets, packr.unpack(request))));
      });
      answers.flush();
    });
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Asks a second with `inFlight` callers. */
export async function round(inFlight: number, ms: number): Promise<number> {
  const requests = new MessageBatch((frame) => socket.send(frame));
  const waiting = new Map<number, (answer: unknown) => void>();
  let lastId = 0;
  const listener = (frame: unknown): void =>
    readBatch(frame as Buffer, (id, answer) => {
      waiting.get(id)?.(packr.unpack(answer));
      waiting.delete(id);
    });
  socket.on("message", listener);
  const ask = (): Promise<unknown> =>
    new Promise((resolve) => {
      const id = (lastId = (lastId + 1) >>> 0);
      waiting.set(id, resolve);
      // Behind all callers that go on in this turn.
      if (requests.isEmpty) queueMicrotask(() => requests.flush());
      requests.add(id, packr.pack([echoId, "echo", ["ping"]]));
    });
  const rate = await askInFlight(ask, inFlight, ms);
  socket.off("message", listener);
  return rate;
}
