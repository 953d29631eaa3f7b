import { ByteWriter, type Connection, type PeerAddress, type Transport } from "@foundation/transport";
import { HandshakeInitiator } from "../../packages/transport/src/handshake/handshake.ts";
import type { Hello } from "../../packages/transport/src/handshake/hello.ts";

/** What a stranger needs to pass as a member. */
interface StrangerOptions {
  readonly transport: Transport;
  readonly address: PeerAddress;
  readonly secret: string;
  readonly hello: Partial<Hello>;
}

/** What a stranger says of itself, unless a test says otherwise. */
export const strangersHello: Omit<Hello, "role"> = {
  versions: { min: 1, max: 1 },
  cluster: "default",
  nodeId: "stranger",
  incarnation: 1,
  address: { host: "127.0.0.1", port: 9 },
  linkId: new Uint8Array(16).fill(1),
  channel: "control",
  connectionIndex: 0,
  nonce: new Uint8Array(32).fill(1),
};

/** One connection that has proved itself, and says whatever it is told to afterwards. */
export class Stranger {
  readonly connection: Connection;
  readonly frames: Uint8Array[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Dials, and does nothing more. */
  static async dial(transport: Transport, address: PeerAddress): Promise<Stranger> {
    const stranger = new Stranger(await transport.dial(address, { timeoutMs: 5_000 }));
    stranger.connection.attach({
      onFrame: (frame) => void stranger.frames.push(frame),
      onDrain() {},
      onClose: (code, reason) => {
        stranger.closed = { code, reason };
      },
    });
    return stranger;
  }

  /** Dials and proves itself. Resolves when it is let in, or was refused: see {@link closed}. */
  static async join({ transport, address, secret, hello }: StrangerOptions): Promise<Stranger> {
    const stranger = await Stranger.dial(transport, address);
    const initiator = new HandshakeInitiator({
      secrets: [Buffer.from(secret)],
      hello: {
        ...strangersHello,
        ...hello,
      },
    });
    stranger.connection.send(Buffer.from(initiator.hello()));
    await stranger.#frames(1);
    if (stranger.closed) return stranger;
    const step = initiator.receive(stranger.frames[0] as Uint8Array);
    if (step.kind !== "hello") throw new Error(`the node's hello led to ${JSON.stringify(step)}`);
    stranger.connection.send(initiator.proof());
    await stranger.#frames(2);
    return stranger;
  }

  /** Sends messages in one batch. */
  say(...messages: readonly Uint8Array[]): void {
    const writer = new ByteWriter();
    writer.u8(0x10);
    for (const message of messages) {
      writer.varint(message.length);
      writer.raw(message);
    }
    this.connection.send(writer.bytes().slice());
  }

  /** Resolves when this many frames have come, or the connection has closed. */
  async #frames(count: number): Promise<void> {
    const endAt = performance.now() + 10_000;
    while (this.frames.length < count && this.closed === undefined) {
      if (performance.now() > endAt) throw new Error("the node does not answer");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
