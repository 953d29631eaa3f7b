// Asks beside bulk, bare: small messages over one WebSocket, and over another one large messages in chunks of 64 KiB, of
// which four may be under way.
import type { WebSocket } from "ws";
import { askBesideBulk, type HeadOfLine } from "../traffic.ts";
import { dialWebSocket, listenForWebSockets } from "./web-socket.ts";

const chunkBytes = 64 * 1024;
const credits = 4;
/** Both sides know it, so that chunks need no header. */
const largeBytes = 1_000_000;
const chunkReceived = Buffer.from([0]);
const messageReceived = Buffer.from([1]);

/** Sends large messages, one after the other, as credits come back. */
class BulkSender {
  readonly #socket: WebSocket;
  readonly #queue: Buffer[] = [];
  readonly #unacknowledged: (() => void)[] = [];
  #credits = credits;
  /** How far the first message of the queue was sent. */
  #offset = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (credit) => {
      this.#credits++;
      if ((credit as Buffer)[0] === messageReceived[0]) this.#unacknowledged.shift()?.();
      this.#sendChunks();
    });
  }

  send(message: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(message);
      this.#unacknowledged.push(resolve);
      this.#sendChunks();
    });
  }

  #sendChunks(): void {
    for (let message = this.#queue[0]; message !== undefined && this.#credits > 0; message = this.#queue[0]) {
      this.#credits--;
      this.#socket.send(message.subarray(this.#offset, this.#offset + chunkBytes));
      this.#offset += chunkBytes;
      if (this.#offset < message.length) continue;
      this.#offset = 0;
      this.#queue.shift();
    }
  }
}

/** Puts chunks together, and gives a credit back for each. */
function receiveBulk(socket: WebSocket): void {
  let message = Buffer.allocUnsafe(largeBytes);
  let length = 0;
  socket.on("message", (chunk: Buffer) => {
    length += chunk.copy(message, length);
    const isWhole = length === largeBytes;
    socket.send(isWhole ? messageReceived : chunkReceived);
    if (!isWhole) return;
    message = Buffer.allocUnsafe(largeBytes);
    length = 0;
  });
}

let control: WebSocket;
let bulk: BulkSender;

/** @returns the port. */
export function listen(host: string): Promise<number> {
  return listenForWebSockets(host, (accepted, path) => {
    if (path === "/data") receiveBulk(accepted);
    else accepted.on("message", (request) => accepted.send(request));
  });
}

export async function connect(host: string, port: number): Promise<void> {
  control = await dialWebSocket(host, port, "/control");
  bulk = new BulkSender(await dialWebSocket(host, port, "/data"));
}

/** Round trips of 1 KB, one after the other, while `window` messages of 1 MB are always under way. */
export async function round(pace: { window: number; warmUpMs: number; ms: number }): Promise<HeadOfLine> {
  const large = Buffer.alloc(largeBytes, "x");
  const request = Buffer.alloc(1024, "x");
  let answered: () => void = () => {};
  const listener = (): void => answered();
  control.on("message", listener);
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      control.send(request);
    });
  try {
    return await askBesideBulk({ ask, sendLarge: () => bulk.send(large), largeBytes }, pace);
  } finally {
    control.off("message", listener);
  }
}
