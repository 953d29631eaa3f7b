import type { Runtime } from "@foundation/actor";
import { WebSocket } from "ws";
import { TransportError } from "../errors.ts";
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
}

/** Frames as binary WebSocket messages over TCP, without compression. */
export class WebSocketTransport implements Transport {
  readonly #runtime: Runtime;
  readonly #upgradeTimeoutMs: number;

  constructor({ runtime, upgradeTimeoutMs = 3000 }: WebSocketTransportOptions) {
    this.#runtime = runtime;
    this.#upgradeTimeoutMs = upgradeTimeoutMs;
  }

  async listen(options: PeerAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    const listener = new WebSocketListener({
      runtime: this.#runtime,
      upgradeTimeoutMs: this.#upgradeTimeoutMs,
      onConnection,
    });
    await listener.open(options);
    return listener;
  }

  dial(address: PeerAddress, { timeoutMs, signal }: DialOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${formatAddress(address)}${path}`, subprotocol, {
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
      };
      const fail = (error: TransportError): void => {
        settle();
        // ws reports the abandoned attempt as one more error.
        socket.on("error", () => {});
        socket.terminate();
        reject(error);
      };
      const onError = (error: Error): void => fail(dialError(address, error));
      const onAbort = (): void => fail(new TransportError("closed", "The dial was given up by its caller."));
      const onOpen = (): void => {
        settle();
        resolve(new WebSocketConnection(socket, address.host));
      };
      const timer = this.#runtime.setTimer(timeoutMs, () =>
        fail(
          new TransportError(
            "timeout",
            `${formatAddress(address)} did not answer within ${timeoutMs} ms; check that it is reachable and not overloaded.`,
          ),
        ),
      );
      socket.on("error", onError);
      socket.on("open", onOpen);
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
    });
  }
}

function dialError(address: PeerAddress, error: Error & { code?: unknown }): TransportError {
  const at = formatAddress(address);
  if (error.code === "ECONNREFUSED") {
    return new TransportError("connectionRefused", `Nothing listens at ${at}; start that node first.`, {
      cause: error,
    });
  }
  if (typeof error.code === "string" && !error.code.startsWith("WS_") && !error.code.startsWith("HPE_")) {
    return new TransportError(
      "unreachable",
      `${at} cannot be reached (${error.code}); check the address and network.`,
      {
        cause: error,
      },
    );
  }
  return new TransportError(
    "protocol",
    `What listens at ${at} is not a node of this kind, or refused us: ${error.message}; check the address.`,
    { cause: error },
  );
}
