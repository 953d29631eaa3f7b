import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ConnectionSecurity } from "../security/connection-security.ts";
import type { Connection, ConnectionHandlers } from "../transport.ts";

/** Frames kept for a handler that is not attached yet; a peer has nothing to say before it was spoken to. */
const unclaimedFramesMax = 16;

/** What is known of a connection when it is open. */
interface CarrierOptions extends Pick<Connection, "remoteHost" | "security"> {
  /** What the WebSocket writes to. */
  readonly carrier: Duplex;
}

/** One open WebSocket as a {@link Connection}. */
export class WebSocketConnection implements Connection {
  readonly remoteHost: string;
  readonly security: ConnectionSecurity | undefined;
  readonly #socket: WebSocket;
  readonly #carrier: Duplex;
  readonly #afterWrite: () => void;
  #handlers: ConnectionHandlers | undefined;
  #unclaimed: Uint8Array[] = [];
  #isPaused = false;
  /** Frames that came with what the socket had read already when it was paused. */
  #heldBack: Uint8Array[] = [];
  #closed: { readonly code: number; readonly reason: string } | undefined;
  /** It has ended, and that was not reported yet: what was held back comes first. */
  #isCloseHeldBack = false;

  constructor(socket: WebSocket, { carrier, remoteHost, security }: CarrierOptions) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.remoteHost = remoteHost;
    this.security = security;
    this.#afterWrite = () => {
      if (!this.#closed) this.#handlers?.onDrain();
    };
    socket.on("message", (data, isBinary) => {
      if (!isBinary) socket.close(1003, "binary frames only");
      else this.#receive(data as Buffer);
    });
    // Nothing to do here: "close" follows every error, with the code that matters.
    socket.on("error", () => {});
    socket.on("close", (code, reason) => this.#finish(code, reason.toString("utf8")));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    const unclaimed = this.#unclaimed;
    this.#unclaimed = [];
    for (const frame of unclaimed) this.#handlers.onFrame(frame);
    if (this.#closed) this.#handlers.onClose(this.#closed.code, this.#closed.reason);
  }

  send(frame: Uint8Array, release?: (frame: Uint8Array) => void): void {
    // Sending while closing would only accumulate bytes that never leave.
    if (this.#socket.readyState !== 1) return;
    if (release === undefined) return this.#socket.send(frame, this.#afterWrite);
    this.#socket.send(frame, (error) => {
      // After an error nobody says who still looks at the bytes.
      if (!error) release(frame);
      this.#afterWrite();
    });
  }

  cork(): void {
    this.#carrier.cork();
  }

  uncork(): void {
    this.#carrier.uncork();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#handOver();
    if (this.#isPaused) return;
    if (this.#isCloseHeldBack) this.#reportClose();
    else this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.#dropHeldBack();
    // The answer to the close frame has to be read.
    this.#socket.resume();
    this.#socket.close(code, cutToBytes(reason, 123));
  }

  terminate(): void {
    this.#dropHeldBack();
    this.#socket.terminate();
  }

  #receive(frame: Uint8Array): void {
    // What still arrives after this side said goodbye is of no use to anybody.
    if (this.#socket.readyState !== 1) return;
    if (this.#isPaused) this.#heldBack.push(frame);
    else if (this.#handlers) this.#handlers.onFrame(frame);
    else if (this.#unclaimed.length < unclaimedFramesMax) this.#unclaimed.push(frame);
    else this.#socket.terminate();
  }

  /** Hands over what was held back, until it is paused again. */
  #handOver(): void {
    while (!this.#isPaused) {
      const frame = this.#heldBack.shift();
      if (frame === undefined) return;
      this.#handlers?.onFrame(frame);
    }
  }

  /** Nobody wants to hear more. */
  #dropHeldBack(): void {
    this.#isPaused = false;
    this.#heldBack = [];
    // Not from inside the caller's call.
    if (this.#isCloseHeldBack) void Promise.resolve().then(() => this.#reportClose());
  }

  #finish(code: number, reason: string): void {
    this.#closed = { code, reason };
    this.#isCloseHeldBack = true;
    if (this.#heldBack.length === 0) this.#reportClose();
  }

  #reportClose(): void {
    if (!this.#isCloseHeldBack || this.#closed === undefined) return;
    this.#isCloseHeldBack = false;
    this.#handlers?.onClose(this.#closed.code, this.#closed.reason);
  }
}

function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
