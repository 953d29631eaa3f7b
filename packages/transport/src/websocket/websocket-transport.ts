import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Runtime } from "@foundation/actor";
import { OptionTable, optionRule, runtimeRule } from "@foundation/actor/spi";
import { WebSocket } from "ws";
import { checkDial, checkListen } from "../check-address.ts";
import { TransportError } from "../errors.ts";
import type { Refusal } from "../handshake/close-code.ts";
import { refuseOption } from "../refuse-option.ts";
import { certificateHeader, describeCertificateError, isCertificateError } from "../security/certificate-refusal.ts";
import { connectionSecurity } from "../security/connection-security.ts";
import { dialTlsOptions, TlsCertificates } from "../security/tls-certificates.ts";
import type { TlsMaterial } from "../security/tls-material.ts";
import type { TlsOptions } from "../security/tls-options.ts";
import {
  type Connection,
  type DialOptions,
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
} from "../transport.ts";
import { WebSocketConnection } from "./websocket-connection.ts";
import { WebSocketListener } from "./websocket-listener.ts";
import { closeOptions, frameBytesMax, path, subprotocol } from "./wire-limits.ts";

/** Settings of {@link WebSocketTransport}. */
export interface WebSocketTransportOptions {
  readonly runtime: Runtime;
  /** Time for an accepted socket to become a WebSocket. Default 3 000 ms: a round trip on any network, none to idle. */
  readonly upgradeTimeoutMs?: number;
  /** Encrypts every connection. Default: none is. */
  readonly tls?: TlsOptions | undefined;
}

const { anything, milliseconds, required } = optionRule;

const optionTable = new OptionTable<WebSocketTransportOptions>(
  "WebSocketTransport",
  {
    runtime: required(runtimeRule),
    upgradeTimeoutMs: milliseconds(),
    // Has a schema of its own.
    tls: anything,
  },
  refuseOption,
);

/** Frames as binary WebSocket messages over TCP or TLS 1.3, without compression. */
export class WebSocketTransport implements Transport {
  readonly tls: TlsCertificates | undefined;
  readonly #runtime: Runtime;
  readonly #upgradeTimeoutMs: number;

  /** @throws {TransportError} `invalidTls` for options of the wrong form; files are read by `listen` and `dial`. */
  constructor(options: WebSocketTransportOptions) {
    optionTable.check(options);
    const { runtime, upgradeTimeoutMs = 3000, tls } = options;
    this.#runtime = runtime;
    this.#upgradeTimeoutMs = upgradeTimeoutMs;
    this.tls = tls && new TlsCertificates(tls);
  }

  /** @throws {TransportError} `addressInUse`, `addressNotAvailable`, `invalidTls`. */
  async listen(
    options: PeerAddress,
    onConnection: (connection: Connection) => void,
    onRefused: (remoteHost: string, refusal: Refusal) => void = () => {},
  ): Promise<Listener> {
    checkListen(options, onConnection, onRefused);
    await this.tls?.material();
    const listener = new WebSocketListener({
      runtime: this.#runtime,
      upgradeTimeoutMs: this.#upgradeTimeoutMs,
      tls: this.tls,
      onConnection,
      onRefused,
    });
    await listener.open(options);
    return listener;
  }

  async dial(address: PeerAddress, options: DialOptions): Promise<Connection> {
    checkDial(address, options);
    return this.#open(address, options, await this.tls?.material());
  }

  #open(address: PeerAddress, { timeoutMs, signal }: DialOptions, tls: TlsMaterial | undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let carrier: Socket | undefined;
      const socket = new WebSocket(`${tls ? "wss" : "ws"}://${formatAddress(address)}${path}`, subprotocol, {
        ...(tls && dialTlsOptions(tls)),
        perMessageDeflate: false,
        maxPayload: frameBytesMax,
        followRedirects: false,
        autoPong: false,
        ...closeOptions,
        // Masks protect caches from scripts in browsers. Between servers they only cost time; ws skips an all-zero one.
        generateMask: (mask) => mask.fill(0),
      });
      const settle = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        socket.removeListener("error", onError);
        socket.removeListener("open", onOpen);
        socket.removeListener("unexpected-response", onAnswer);
      };
      const fail = (error: TransportError): void => {
        settle();
        // ws reports the abandoned attempt as one more error.
        socket.on("error", () => {});
        socket.terminate();
        reject(error);
      };
      const onError = (error: Error): void => fail(dialError(address, error, tls !== undefined));
      const onAnswer = (_request: unknown, response: IncomingMessage): void => fail(answerError(address, response));
      const onAbort = (): void => fail(new TransportError("closed", "The dial was given up by its caller."));
      const onOpen = (): void => {
        settle();
        // ws has upgraded it before it is open.
        if (carrier === undefined) throw new Error("A WebSocket is open that was never upgraded.");
        const security = carrier instanceof TLSSocket ? connectionSecurity(carrier) : undefined;
        resolve(new WebSocketConnection(socket, { carrier, remoteHost: address.host, security }));
      };
      const timer = this.#runtime.setTimer(timeoutMs, () =>
        fail(
          new TransportError(
            "timeout",
            `${formatAddress(address)} did not answer within ${Math.round(timeoutMs)} ms; check that it is reachable and not overloaded.`,
          ),
        ),
      );
      socket.on("error", onError);
      socket.on("open", onOpen);
      socket.on("unexpected-response", onAnswer);
      socket.on("upgrade", (response) => {
        carrier = response.socket;
      });
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
    });
  }
}

function dialError(address: PeerAddress, error: Error & { code?: unknown }, isEncrypted: boolean): TransportError {
  const at = formatAddress(address);
  const { code } = error;
  const because = { cause: error };
  if (code === "ECONNREFUSED") {
    return new TransportError("connectionRefused", `Nothing listens at ${at}; start that node first.`, because);
  }
  if (isEncrypted && isCertificateError(code)) {
    const text = `The certificate of ${at} is not accepted: ${describeCertificateError(code)}.`;
    return new TransportError("certificateRejected", text, because);
  }
  if (isEncrypted && typeof code === "string" && (code.startsWith("ERR_SSL_") || code === "EPROTO")) {
    const text = `TLS with ${at} failed (${code}); check that the node there was started with tls, too, and speaks TLS 1.3.`;
    return new TransportError("protocol", text, because);
  }
  if (typeof code === "string" && !code.startsWith("WS_") && !code.startsWith("HPE_")) {
    const hint =
      code === "ECONNRESET" && !isEncrypted ? "; if that node was started with tls, start this one so, too" : "";
    const isUnknown = code === "ENOTFOUND";
    const advice = isUnknown
      ? "the name does not resolve on this machine; correct it"
      : "check the address and network";
    const text = `${at} cannot be reached (${code}); ${advice}${hint}.`;
    return new TransportError("unreachable", text, because);
  }
  return new TransportError(
    "protocol",
    `What listens at ${at} is not a node of this kind, or refused us: ${error.message}; check the address.`,
    because,
  );
}

/** Something answered that it will not speak WebSocket with us. */
function answerError(address: PeerAddress, { headers, statusCode }: IncomingMessage): TransportError {
  const at = formatAddress(address);
  const code = headers[certificateHeader.toLowerCase()];
  if (typeof code === "string") {
    const text = `${at} does not accept the certificate of this node: ${describeCertificateError(code.slice(0, 64))}.`;
    return new TransportError("certificateRejected", text);
  }
  return new TransportError(
    "protocol",
    `What listens at ${at} is not a node of this kind, or refused us with status ${statusCode}; check the address.`,
  );
}
