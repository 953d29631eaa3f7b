import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import type { Runtime, Timer } from "@foundation/actor";
import { WebSocketServer } from "ws";
import { ConnectionQuota } from "../connection-quota.ts";
import { closeCode, type Refusal } from "../handshake/close-code.ts";
import { certificateHeader } from "../security/certificate-refusal.ts";
import { connectionSecurity } from "../security/connection-security.ts";
import { serverContext, serverTlsOptions, type TlsCertificates } from "../security/tls-certificates.ts";
import type { Connection, Listener, PeerAddress } from "../transport.ts";
import { listenError } from "./listen-error.ts";
import { nodeHttp } from "./node-http.ts";
import { requestRefusal, upgradeRefusal } from "./upgrade-check.ts";
import { WebSocketConnection } from "./websocket-connection.ts";
import { closeOptions, frameBytesMax, subprotocol } from "./wire-limits.ts";

interface WebSocketListenerOptions {
  readonly runtime: Runtime;
  readonly upgradeTimeoutMs: number;
  readonly tls: TlsCertificates | undefined;
  readonly onConnection: (connection: Connection) => void;
  readonly onRefused: (remoteHost: string, refusal: Refusal) => void;
}

/** A TCP connection that is not a WebSocket yet. */
interface Pending {
  readonly remoteHost: string;
  readonly timer: Timer;
  readonly release: () => void;
}

/** An HTTP server, behind TLS or not, that does nothing but upgrade to the one WebSocket subprotocol on the one path. */
export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions;
  /** Who takes connections: the HTTP server itself, or TLS in front of it. */
  readonly #server: Server;
  readonly #http: HttpServer;
  readonly #upgrader: WebSocketServer;
  readonly #sockets = new Set<Socket>();
  /** By both ends' addresses: the TCP socket below TLS is another object than the one above. */
  readonly #pending = new Map<string, Pending>();
  readonly #quota = new ConnectionQuota();
  #stopFollowing: () => void = () => {};
  #address: PeerAddress = { host: "", port: 0 };

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#http = nodeHttp.createServer(
      { maxHeaderSize: 8 * 1024, headersTimeout: options.upgradeTimeoutMs, keepAlive: false, noDelay: true },
      (request, response) => this.#refuseRequest(request, response),
    );
    this.#http.maxHeadersCount = 64;
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on("clientError", (error, socket) => this.#refuse(socket, clientErrorStatus(error)));
    this.#server = options.tls ? this.#behindTls(options.tls) : this.#http;
    this.#server.on("connection", (socket: Socket) => this.#accept(socket));
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      autoPong: false,
      ...closeOptions,
      handleProtocols: () => subprotocol,
    });
    this.#upgrader.on("wsClientError", (_error, socket) => this.#refuse(socket, "400 Bad Request"));
  }

  get address(): PeerAddress {
    return this.#address;
  }

  /** Binds. @throws {TransportError} `addressInUse` or `addressNotAvailable`. */
  open({ host, port }: PeerAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(listenError({ host, port }, error));
      this.#server.once("error", onError);
      // Workers of `node:cluster` would share one handle, and each would get a part of what is sent to any of them.
      this.#server.listen({ host, port, exclusive: true }, () => {
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
    this.#stopFollowing();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #behindTls(tls: TlsCertificates): Server {
    const server = createTlsServer(serverTlsOptions(tls.requireClientCertificate), (socket) => {
      const problem = tls.requireClientCertificate ? certificateProblem(socket) : undefined;
      if (problem !== undefined) this.#refuseCertificate(socket, problem);
      else this.#http.emit("connection", socket);
    });
    this.#stopFollowing = tls.onMaterial((material) => server.setSecureContext(serverContext(material)));
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      this.#report(socket, { code: closeCode.malformed, reason: `TLS: ${error.code ?? "failed"}` });
      socket.destroy();
    });
    return server;
  }

  #accept(socket: Socket): void {
    const { remoteAddress: remoteHost = "" } = socket;
    const release = this.#quota.take(remoteHost, () => this.#evict(socket));
    if (!release) {
      this.#options.onRefused(remoteHost, { code: 1013, reason: "too many connections without a finished upgrade" });
      socket.destroy();
      return;
    }
    const key = connectionKey(socket);
    const timer = this.#options.runtime.setTimer(this.#options.upgradeTimeoutMs, () => this.#tooLate(socket), {
      background: true,
    });
    this.#sockets.add(socket);
    this.#pending.set(key, { remoteHost, timer, release });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#settle(key);
    });
  }

  /** Its place was given to another host. */
  #evict(socket: Socket): void {
    this.#report(socket, { code: 1013, reason: "too many connections without a finished upgrade" });
    socket.destroy();
  }

  #tooLate(socket: Socket): void {
    this.#report(socket, { code: 408, reason: "the upgrade took too long" });
    socket.destroy();
  }

  #settle(key: string): void {
    const pending = this.#pending.get(key);
    if (!pending) return;
    this.#pending.delete(key);
    pending.timer.cancel();
    pending.release();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = upgradeRefusal(request, this.#address.host);
    if (refusal) {
      this.#refuse(socket, refusal);
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      const { socket: carrier } = request;
      this.#settle(connectionKey(carrier));
      const security = carrier instanceof TLSSocket ? connectionSecurity(carrier) : undefined;
      const remoteHost = carrier.remoteAddress ?? "";
      this.#options.onConnection(new WebSocketConnection(webSocket, { carrier, remoteHost, security }));
    });
  }

  #refuseRequest(request: IncomingMessage, response: ServerResponse): void {
    const status = requestRefusal(request);
    this.#report(request.socket, { code: status, reason: "no WebSocket upgrade" });
    response.sendDate = false;
    response.writeHead(status, { Connection: "close", "Content-Length": 0 });
    response.end();
  }

  #refuse(socket: Duplex, status: string, header = ""): void {
    this.#report(socket as Socket, { code: Number.parseInt(status, 10), reason: status.slice(4) });
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    // What was sent and never read would turn the answer into a reset.
    socket.resume();
    socket.end(`HTTP/1.1 ${status}\r\n${header}Connection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #refuseCertificate(socket: TLSSocket, code: string): void {
    socket.on("error", () => socket.destroy());
    this.#refuse(socket, "403 Forbidden", `${certificateHeader}: ${code}\r\n`);
  }

  /** A socket that has been refused already, or is gone, has no address any more: it is not counted twice. */
  #report(socket: Socket, refusal: Refusal): void {
    const pending = this.#pending.get(connectionKey(socket));
    if (pending) this.#options.onRefused(pending.remoteHost, refusal);
  }
}

function connectionKey({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

function certificateProblem(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  if (socket.getPeerX509Certificate() === undefined) return "NO_CERTIFICATE";
  // Typed as an error, it is the code of OpenSSL.
  return String(socket.authorizationError);
}

function clientErrorStatus(error: Error & { code?: unknown }): string {
  if (error.code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return "400 Bad Request";
}
