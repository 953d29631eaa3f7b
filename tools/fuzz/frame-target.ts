import { systemRuntime } from "@foundation/actor";
import type { Connection, ConnectionHandlers } from "@foundation/transport";
import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import { agree } from "../../packages/transport/src/link/channel-agreement.ts";
import { channelOptionsSchema, defaultChannels } from "../../packages/transport/src/link/channel-options.ts";
import { frameCompressions, packFrame } from "../../packages/transport/src/link/frame-compression.ts";
import { PeerLink } from "../../packages/transport/src/link/peer-link.ts";
import { ReadingSlice } from "../../packages/transport/src/link/reading-slice.ts";
import { varint } from "./mutation.ts";
import { Finding, type FuzzTarget } from "./target.ts";

const runtime = systemRuntime({ log: { debug() {}, info() {}, warn() {}, error() {} } });
const agreed = agree(
  defaultChannels.map((channel) => channelOptionsSchema.parse(channel)),
  undefined,
);
/** Frames of one input; they are told apart by two bytes of length before each. */
const framesMax = 64;

/** A connection that goes nowhere. */
class DeadEnd implements Connection {
  readonly remoteHost = "nowhere";
  readonly bufferedBytes = 0;
  handlers: ConnectionHandlers | undefined;
  attach(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
  }
  pause(): void {}
  resume(): void {}
  send(): void {}
  close(): void {}
  terminate(): void {}
}

/** Frames on an authenticated connection: batches, chunks, packed ones, credit, and what links say to each other. */
export function frameTarget(): FuzzTarget {
  return { name: "frame", captures: captures(), generate: (random) => sequence(frames(random)), read };
}

function read(input: Uint8Array): void {
  const connection = new DeadEnd();
  const link = openLink();
  let down = 0;
  link.onDown = () => void down++;
  link.peer.attach("control", 0, connection);
  for (const frame of split(input)) connection.handlers?.onFrame(frame);
  if (down > 1) throw new Finding("a link went down twice");
  if ((down === 0) !== link.peer.isOpen) throw new Finding("a link is down and nobody was told");
  if (link.delivered > input.length * 600 + 1_000_000)
    throw new Finding(`${link.delivered} bytes came out of ${input.length}`);
  link.peer.close(1000, "done");
}

function openLink(): { readonly peer: PeerLink; delivered: number; onDown: () => void } {
  if (typeof agreed === "string") throw new Error(agreed);
  const opened = {
    delivered: 0,
    onDown: (): void => {},
    peer: new PeerLink({
      runtime,
      peer: { nodeId: "peer", incarnation: 1, address: { host: "127.0.0.1", port: 1 } },
      initiatedHere: true,
      linkId: new Uint8Array(16),
      channels: agreed,
      slice: new ReadingSlice(runtime),
      dialChannel: () => {},
      onMessage: (_link, _channel, message) => {
        opened.delivered += message.remaining;
      },
      onDown: () => opened.onDown(),
      onConnectionGone: () => {},
    }),
  };
  return opened;
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
        return Buffer.concat([Uint8Array.of(0x13), varint(random.pick([0, 1, 4, 5, 2 ** 53 - 1]))]);
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
