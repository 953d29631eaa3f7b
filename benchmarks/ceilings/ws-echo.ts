// An ask, bare: a message over a WebSocket to another process and back, one round trip after the other.
import type { WebSocket } from "ws";
import { median } from "../statistics.ts";
import { askFor } from "../traffic.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

let socket: WebSocket;

/** Answers with what it receives. @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted) => {
    accepted.on("message", (data) => accepted.send(data));
  });
}

export async function connect(host: string, port: number): Promise<void> {
  socket = await dialWebSocket(host, port);
}

/** Microseconds a round trip, the median. */
export async function round(ms: number): Promise<number> {
  const request = Buffer.from("ping");
  let answered: () => void = () => {};
  const listener = (): void => answered();
  socket.on("message", listener);
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      socket.send(request);
    });
  const took = await askFor(ask, ms);
  socket.off("message", listener);
  return median(took) * 1000;
}
