import { silentLog, systemRuntime } from "@foundation/actor";
import {
  type Connection,
  type ConnectionHandlers,
  defaultChannels,
  Endpoint,
  type Link,
  type Transport,
} from "@foundation/transport";
import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import { HandshakeInitiator } from "../../packages/transport/src/handshake/handshake.ts";
import { frameCompressions, packFrame } from "../../packages/transport/src/link/frame-compression.ts";
import { varint } from "./mutation.ts";
import { Finding, type FuzzTarget } from "./target.ts";

const secret = "the secret of the fuzzer";
/** Frames of one input; they are told apart by two bytes of length before each. */
const framesMax = 64;

/** A connection whose other side is the fuzzer. */
class DeadEnd implements Connection {
  readonly remoteHost = "nowhere";
  readonly bufferedBytes = 0;
  readonly sent: Uint8Array[] = [];
  #handlers: ConnectionHandlers | undefined;
  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }
  pause(): void {}
  resume(): void {}
  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }
  close(): void {
    // A close is never reported from inside the call that asks for it.
    setImmediate(() => this.#handlers?.onClose(1000, ""));
  }
  terminate(): void {
    this.close();
  }
  receive(frame: Uint8Array): void {
    this.#handlers?.onFrame(frame);
  }
}

/** Frames on an authenticated connection: batches, chunks, packed ones, credit, and what links say to each other. */
class FrameTarget implements FuzzTarget {
  readonly name = "frame";
  readonly captures: readonly Uint8Array[] = captures();
  readonly #endpoint: Endpoint;
  #accept: (connection: Connection) => void = () => {};
  #links: Link[] = [];
  #inputs = 0;
  #downs = 0;
  #delivered = 0;

  constructor() {
    const transport: Transport = {
      listen: async (address, onConnection) => {
        this.#accept = onConnection;
        return { address, close: async () => {} };
      },
      dial: () => Promise.reject(new Error("nobody is dialed here")),
    };
    this.#endpoint = new Endpoint({
      runtime: systemRuntime({ log: silentLog }),
      transport,
      identity: { cluster: "fuzz", nodeId: "victim", incarnation: 1 },
      secret,
      listen: { host: "127.0.0.1", port: 1 },
      channels: [...defaultChannels, { name: "safe", priority: 5, kind: "reliable" }],
      handlers: {
        onLink: (link) => {
          this.#links.push(link);
          return {
            message: (_channel, message) => {
              this.#delivered += message.remaining;
            },
            down: () => void this.#downs++,
          };
        },
      },
    });
  }

  start(): Promise<void> {
    return this.#endpoint.start();
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }

  generate(random: SeededRandom): Uint8Array {
    return sequence(frames(random));
  }

  async read(input: Uint8Array): Promise<void> {
    this.#read(input);
    // What was closed is given up in a turn of its own.
    if (++this.#inputs % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #read(input: Uint8Array): void {
    this.#links = [];
    this.#downs = this.#delivered = 0;
    const first = this.#authenticated("control");
    const [link] = this.#links;
    if (link === undefined) throw new Finding("the handshake has led to no link");
    // Every other input goes to a channel of another kind, which something is waiting on.
    const connection = input.length % 2 === 0 ? first : this.#authenticated("safe");
    if (connection !== first) link.send("safe", Buffer.from("is sent again until it is acknowledged"));
    for (const frame of split(input)) connection.receive(frame);
    if (this.#downs > 1) throw new Finding("a link went down twice");
    if ((this.#downs === 0) !== link.isOpen) throw new Finding("a link is down and nobody was told");
    if (this.#delivered > input.length * 600 + 1_000_000) {
      throw new Finding(`${this.#delivered} bytes came out of ${input.length}`);
    }
    link.close(1000, "done");
  }

  #authenticated(channel: string): DeadEnd {
    const connection = new DeadEnd();
    this.#accept(connection);
    const initiator = new HandshakeInitiator({
      secrets: [Buffer.from(secret)],
      hello: {
        versions: { min: 1, max: 1 },
        cluster: "fuzz",
        nodeId: "stranger",
        incarnation: 1,
        address: { host: "127.0.0.1", port: 9 },
        linkId: new Uint8Array(16),
        channel,
        connectionIndex: 0,
        nonce: new Uint8Array(32),
      },
    });
    connection.receive(initiator.hello());
    initiator.receive(connection.sent[0] as Uint8Array);
    connection.receive(initiator.proof());
    if (connection.sent.length < 2) throw new Finding(`the connection for ${channel} was refused`);
    return connection;
  }
}

/** An endpoint with one link after the other. */
export async function frameTarget(): Promise<FuzzTarget> {
  const target = new FrameTarget();
  await target.start();
  return target;
}

function split(input: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 2 <= input.length && found.length < framesMax; ) {
    const length = ((input[at] as number) << 8) | (input[at + 1] as number);
    found.push(input.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

function sequence(all: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(all.flatMap((frame) => [Uint8Array.of(frame.length >> 8, frame.length & 0xff), frame]));
}

function captures(): Uint8Array[] {
  const batch = Buffer.concat([
    Uint8Array.of(0x10),
    ...["a", "", "hello"].flatMap((text) => [varint(text.length), Buffer.from(text)]),
  ]);
  const first = Buffer.concat([Uint8Array.of(0x11), varint(5_000), Buffer.alloc(2_500, 1)]);
  const second = Buffer.concat([Uint8Array.of(0x12), Buffer.alloc(2_500, 2)]);
  const open = Buffer.concat([Uint8Array.of(0x14), varint(4), Buffer.from("data")]);
  const packed = frameCompressions.map((each) =>
    packFrame(Buffer.concat([Uint8Array.of(0x10), varint(4_000), Buffer.alloc(4_000, 7)]), each),
  );
  const goodbye = Buffer.concat([Uint8Array.of(0x15), varint(3), Buffer.from("bye")]);
  return [
    [batch],
    [first, second, batch],
    [open, batch],
    packed,
    [batch, goodbye],
    [Uint8Array.of(0x16), Uint8Array.of(0x17), batch],
  ].map(sequence);
}

function frames(random: SeededRandom): Uint8Array[] {
  return Array.from({ length: random.integer(1, 12) }, () => {
    const size = Math.floor(random.spread(1, 6_000));
    const total = random.pick([0, 1, size, size * 2, 5_000, 2 ** 24, 2 ** 32, 2 ** 53 - 1]);
    switch (random.integer(0, 8)) {
      case 0:
        return Buffer.concat([Uint8Array.of(0x11), varint(total), Buffer.alloc(size, 3)]);
      case 1:
        return Buffer.concat([Uint8Array.of(0x12), Buffer.alloc(size, 4)]);
      case 2:
        return Buffer.concat([
          Uint8Array.of(random.pick([0x13, 0x13, 0x19, 0x1a])),
          varint(random.pick([0, 1, 4, 5, 2 ** 53 - 1])),
        ]);
      case 3:
        return Buffer.concat([
          Uint8Array.of(random.pick([0x14, 0x15])),
          varint(random.pick([4, total])),
          Buffer.from("data"),
        ]);
      case 4:
        return packed(random, size);
      case 5:
        return random.bytes(random.integer(0, 40));
      default:
        return Buffer.concat([
          Uint8Array.of(0x10),
          ...Array.from({ length: random.integer(0, 6) }, () => messageOf(random)),
        ]);
    }
  });
}

/** Bytes that unpack to many more, within and beyond what they announce. */
function packed(random: SeededRandom, size: number): Uint8Array {
  const compression = random.pick(frameCompressions);
  const inner = Buffer.alloc(
    random.chance(0.05) ? random.pick([262_144, 1_000_000]) : random.pick([size, 512, 4_096]),
    random.pick([0x10, 0x11, 0x12, 0]),
  );
  const announced = random.chance(0.7) ? inner.length : random.pick([0, 511, 512, 262_144, 2 ** 32]);
  const number = random.chance(0.9) ? compression.number : random.integer(0, 255);
  return Buffer.concat([Uint8Array.of(0x18, number), varint(announced), compression.pack(inner)]);
}

function messageOf(random: SeededRandom): Buffer {
  const bytes = random.bytes(random.integer(0, 30));
  const length = random.chance(0.95) ? bytes.length : random.pick([127, 128, 2 ** 16, 2 ** 53 - 1]);
  return Buffer.concat([varint(length), bytes]);
}
