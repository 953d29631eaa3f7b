// WebSockets as lean as `ws` has them: no compression, no masking, no waiting for small packets to become large ones.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { collectYoungGarbage } from "../memory.ts";

/** What is read between two collections: with what ws puts together, as much as ours (packages/transport/src/link/young-garbage.ts). */
const bytesBetweenCollections = 1.5 * 1024 * 1024;

/** Listens at a free port of `host`. @returns the port. */
export async function listenForWebSockets(
  host: string,
  onSocket: (socket: WebSocket, path: string) => void,
): Promise<number> {
  const http = createServer({ noDelay: true });
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on("connection", (socket, request) => {
    onSocket(socket, request.url ?? "");
    collectWhatIsRead(socket);
  });
  http.listen(0, host);
  await once(http, "listening");
  return (http.address() as AddressInfo).port;
}

/** Opens a WebSocket. */
export async function dialWebSocket(host: string, port: number, path = "/"): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}:${port}${path}`, {
    perMessageDeflate: false,
    // ws does not mask with zeros.
    generateMask: (mask) => void mask.fill(0),
  });
  await once(socket, "open");
  return socket;
}

/**
 * Whoever wants to read fast has young garbage collected: left alone, V8 marks its whole heap all the time, which halves the rate and
 * more (docs/adr/0008).
 */
function collectWhatIsRead(socket: WebSocket): void {
  let bytes = 0;
  socket.on("message", (data: Buffer) => {
    bytes += data.length;
    if (bytes < bytesBetweenCollections) return;
    bytes = 0;
    collectYoungGarbage();
  });
}
