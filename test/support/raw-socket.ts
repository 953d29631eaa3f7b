import { connect, type Socket } from "node:net";
import type { PeerAddress } from "@foundation/transport";
import { until } from "./until.ts";

/** The headers with which a node asks for its WebSocket. */
export const upgradeHeaders: Readonly<Record<string, string>> = {
  Host: "127.0.0.1",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol": "foundation.v1",
};

/** A request as it is written; `headers` are added, undefined ones left out. */
export function requestText(
  { method = "GET", path = "/foundation" }: { method?: string; path?: string },
  headers: Readonly<Record<string, string | undefined>> = upgradeHeaders,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A TCP connection that says exactly what it is told to. */
export class RawSocket {
  readonly socket: Socket;
  isClosed = false;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** @param localAddress where it seems to come from: any of 127.0.0.0/8. */
  static open({ host, port }: PeerAddress, localAddress?: string): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, localAddress }, () => resolve(new RawSocket(socket)));
      socket.once("error", reject);
    });
  }

  /** Asks for the WebSocket and waits for it. */
  static async upgraded(address: PeerAddress, localAddress?: string): Promise<RawSocket> {
    const raw = await RawSocket.open(address, localAddress);
    raw.write(requestText({}));
    await until(() => raw.text.includes("\r\n\r\n") || raw.isClosed);
    return raw;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** What came back, as Latin 1. */
  get text(): string {
    return this.#received.toString("latin1");
  }

  /** The status of the HTTP answer; 0 without one. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }

  /** The code of the WebSocket close frame that came, if one did. */
  get closeCode(): number | undefined {
    let at = this.#received.indexOf("\r\n\r\n") + 4;
    while (at >= 4 && at + 4 <= this.#received.length) {
      const [opcode, length] = [this.#received[at] ?? 0, this.#received[at + 1] ?? 0];
      if (opcode === 0x88) return this.#received.readUInt16BE(at + 2);
      at += 2 + (length === 126 ? 2 + this.#received.readUInt16BE(at + 2) : length);
    }
    return undefined;
  }

  /** The binary messages that came. */
  get frames(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = this.#received.indexOf("\r\n\r\n") + 4;
    while (at >= 4 && at + 4 <= this.#received.length) {
      const [opcode, short] = [this.#received[at] ?? 0, this.#received[at + 1] ?? 0];
      const from = at + (short === 126 ? 4 : 2);
      const to = from + (short === 126 ? this.#received.readUInt16BE(at + 2) : short);
      if (opcode === 0x82 && to <= this.#received.length) frames.push(this.#received.subarray(from, to));
      at = to;
    }
    return frames;
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<this> {
    await until(
      () => this.isClosed,
      () => this.text.slice(0, 200),
      12_000,
    );
    return this;
  }
}

/** Sends `bytes` on a new connection and waits until the other side closes it. */
export async function answerTo(address: PeerAddress, bytes: Uint8Array | string): Promise<RawSocket> {
  const raw = await RawSocket.open(address);
  raw.write(bytes);
  return raw.closed();
}

/** A client's frame, masked with zeros. @param head its first byte: FIN, RSV and opcode. */
export function clientFrame(head: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([head, ...size, 0, 0, 0, 0]), payload]);
}
