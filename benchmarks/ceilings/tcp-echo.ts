// An ask, bare: some bytes over TCP to another process and back, one round trip after the other.
import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { median } from "../statistics.ts";
import { askFor } from "../traffic.ts";

let socket: Socket;

/** Answers with what it receives. @returns the port. */
export async function listen(host: string): Promise<number> {
  const server = createServer({ noDelay: true }, (accepted) => {
    accepted.on("data", (bytes) => accepted.write(bytes));
  });
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export async function connect(host: string, port: number): Promise<void> {
  socket = connectTcp({ host, port, noDelay: true });
  await once(socket, "connect");
}

/** Microseconds a round trip, the median. So few bytes come in one piece. */
export async function round(ms: number): Promise<number> {
  const request = Buffer.from("ping");
  let answered: () => void = () => {};
  const listener = (): void => answered();
  socket.on("data", listener);
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(request);
    });
  const took = await askFor(ask, ms);
  socket.off("data", listener);
  return median(took) * 1000;
}
