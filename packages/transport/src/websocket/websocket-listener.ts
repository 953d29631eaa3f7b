import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Runtime, Timer } from "@foundation/actor";
import { WebSocketServer } from "ws";
import { ConnectionQuota } from "../connection-quota.ts";
import { TransportError } from "../errors.ts";
import { type Connection, formatAddress, type Listener, type PeerAddress } from "../transport.ts";
import { WebSocketConnection } from "./websocket-connection.ts";
import { closeOptions, frameBytesMax, path, subprotocol } from "./wire-limits.ts";

interface WebSocketListenerOptions {
  readonly runtime: Runtime;
  readonly upgradeTimeoutMs: number;
  readonly onConnection: (connection: Connection) => void;
}

/** An HTTP server that does nothing but upgrade to the one WebSocket subprotocol on the one path. */
export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions;
  readonly #server: Server;
  readonly #upgrader: WebSocketServer;
  readonly #sockets = new Set<Duplex>();
  readonly #notUpgraded = new Map<Duplex, { readonly timer: Timer; readonly release: () => void }>();
  readonly #quota = new ConnectionQuota();
  #address: PeerAddress = { host: "", port: 0 };

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#server = createServer(
      { maxHeaderSize: 8 * 1024, headersTimeout: options.upgradeTimeoutMs, keepAlive: false, noDelay: true },
      refuseRequest,
    );
    this.#server.maxHeadersCount = 64;
    this.#server.on("connection", (socket) => this.#accept(socket));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("clientError", (error, socket) => refuseUpgrade(socket, clientErrorStatus(error)));
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      autoPong: false,
      ...closeOptions,
      handleProtocols: () => subprotocol,
    });
    this.#upgrader.on("wsClientError", (_error, socket) => refuseUpgrade(socket, "400 Bad Request"));
  }

  get address(): PeerAddress {
    return this.#address;
  }

  /** Binds. @throws {TransportError} `addressInUse` or `addressNotAvailable`. */
  open({ host, port }: PeerAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(listenError({ host, port }, error));
      this.#server.once("error", onError);
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener("error", onError);
        // An accept that fails for lack of descriptors must not end the process; the peer will dial again.
        this.#server.on("error", (error) =>
          this.#options.runtime.log.error("listener failed", { error, address: this.#address }),
        );
        this.#address = { host, port: (this.#server.address() as AddressInfo).port };
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #accept(socket: Socket): void {
    const release = this.#quota.take(socket.remoteAddress ?? "");
    if (!release) {
      socket.destroy();
      return;
    }
    const timer = this.#options.runtime.setTimer(this.#options.upgradeTimeoutMs, () => socket.destroy(), {
      background: true,
    });
    this.#sockets.add(socket);
    this.#notUpgraded.set(socket, { timer, release });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#settle(socket);
    });
  }

  #settle(socket: Duplex): void {
    const pending = this.#notUpgraded.get(socket);
    if (!pending) return;
    this.#notUpgraded.delete(socket);
    pending.timer.cancel();
    pending.release();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = upgradeRefusal(request, this.#address.host);
    if (refusal) {
      refuseUpgrade(socket, refusal);
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      this.#settle(socket);
      this.#options.onConnection(new WebSocketConnection(webSocket, request.socket.remoteAddress ?? ""));
    });
  }
}

function upgradeRefusal(request: IncomingMessage, boundHost: string): string | undefined {
  if (request.url !== path) return "404 Not Found";
  // Only browsers send an Origin, and no browser has business here.
  if (request.headers.origin !== undefined) return "403 Forbidden";
  if (isLoopback(boundHost) && !isLoopback(hostOf(request.headers.host))) return "403 Forbidden";
  if (request.headers["sec-websocket-protocol"] !== subprotocol) return "400 Bad Request";
  return undefined;
}

function refuseRequest(request: IncomingMessage, response: ServerResponse): void {
  const status = request.url !== path ? 404 : request.method !== "GET" ? 405 : 426;
  response.sendDate = false;
  response.writeHead(status, { Connection: "close", "Content-Length": 0 });
  response.end();
}

function refuseUpgrade(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function clientErrorStatus(error: Error & { code?: unknown }): string {
  if (error.code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return "400 Bad Request";
}

function hostOf(header: string | undefined): string {
  if (header === undefined) return "";
  return header.startsWith("[") ? header.slice(1, header.indexOf("]")) : header.replace(/:\d*$/, "");
}

/** A page that rebinds its own name to 127.0.0.1 reaches loopback under that name; it has to be told apart. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function listenError(address: PeerAddress, error: Error & { code?: unknown }): TransportError {
  const at = formatAddress(address);
  if (error.code === "EADDRINUSE") {
    return new TransportError("addressInUse", `${at} is taken; stop what listens there, or choose another port or 0.`, {
      cause: error,
    });
  }
  return new TransportError(
    "addressNotAvailable",
    `Cannot listen at ${at} (${String(error.code ?? error.message)}); choose an address of this machine and a permitted port.`,
    { cause: error },
  );
}
