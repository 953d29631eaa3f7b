// Bulk between processes, bare: whole messages over one WebSocket, with a credit back for every four of them.
import type { WebSocket } from "ws";
import { tellFor } from "../traffic.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

const pace = { batch: 4, window: 4 };
let socket: WebSocket;
/** Over all rounds, as the receiver counts. */
let sent = 0;
let credited = 0;

/** Counts messages, and sends the count back as a credit. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    let received = 0;
    accepted.on("message", () => {
      received++;
      if (received % pace.batch === 0) accepted.send(String(received));
    });
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Megabytes (10^6 bytes) a second in messages of `bytes` bytes. */
export async function round(bytes: number, ms: number): Promise<number> {
  const payload = Buffer.alloc(bytes, "x");
  const waiting: { readonly count: number; readonly resolve: (received: number) => void }[] = [];
  const listener = (credit: unknown): void => {
    credited = Number(credit);
    while (waiting[0] !== undefined && waiting[0].count <= credited) waiting.shift()?.resolve(credited);
  };
  socket.on("message", listener);
  const send = (count: number): void => {
    for (let each = 0; each < count; each++) socket.send(payload);
    sent += count;
  };
  const received = (): Promise<number> =>
    new Promise((resolve) => {
      if (credited >= sent) resolve(credited);
      else waiting.push({ count: sent, resolve });
    });
  const rate = await tellFor({ send, received }, pace, ms);
  socket.off("message", listener);
  return (rate * bytes) / 1e6;
}
