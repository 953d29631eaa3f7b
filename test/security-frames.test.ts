// Slow: waits for real time limits.
// What a member can do with the bytes of its WebSocket, and a stranger with its handshake, below what any library would send.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { messageKind } from "../packages/cluster/src/remote/message-kind.ts";
import { HandshakeInitiator } from "../packages/transport/src/handshake/handshake.ts";
import type { Hello } from "../packages/transport/src/handshake/hello.ts";
import { Besieged, message, secret, type Target } from "./support/besieged.ts";
import { clientFrame, RawSocket } from "./support/raw-socket.ts";
import { until } from "./support/until.ts";

let besieged: Besieged;
let lives = 0;

beforeAll(async () => {
  besieged = await Besieged.open();
});
afterAll(() => besieged.close());
afterEach(() => besieged.checkHealth());

function initiator(changes: Partial<Hello> = {}): HandshakeInitiator {
  const hello = {
    versions: { min: 1, max: 1 },
    cluster: "default",
    nodeId: "raw",
    incarnation: ++lives,
    address: { host: "127.0.0.1", port: 9 },
    linkId: new Uint8Array(16).fill(lives),
    channel: "control",
    connectionIndex: 0,
    nonce: new Uint8Array(32).fill(lives),
    ...changes,
  };
  return new HandshakeInitiator({ secrets: [Buffer.from(secret)], hello });
}

/** A member's connection, up to its proof. */
async function introduced(side: HandshakeInitiator): Promise<RawSocket> {
  const raw = await RawSocket.upgraded(besieged.address);
  raw.write(clientFrame(0x82, side.hello()));
  await until(() => raw.frames.length === 1 || raw.isClosed);
  if (!raw.isClosed) side.receive(raw.frames[0] as Uint8Array);
  return raw;
}

async function joined(): Promise<RawSocket> {
  const side = initiator();
  const raw = await introduced(side);
  raw.write(clientFrame(0x82, side.proof()));
  await until(() => besieged.victim.transport.link("raw")?.peer.incarnation === lives);
  return raw;
}

/** A call of `add(1)` without an answer, as a frame of a batch: 0x91 0x01 is the array of 1. */
function add(): Buffer {
  const call = message(messageKind.tell, besieged.targetId, Uint8Array.of(0), "add", Uint8Array.of(0x91, 1));
  return Buffer.concat([Uint8Array.of(0x10, call.length), call]);
}

const total = (): Promise<number> => besieged.friends[0].actor<Target>("target").ask.total();
const isLinked = (): boolean => besieged.victim.transport.link("raw")?.peer.incarnation === lives;

describe("[T8] a member with a WebSocket of its own", () => {
  it("sends thousands of tiny frames, all of which count", async () => {
    const before = await total();
    const raw = await joined();
    const frame = clientFrame(0x82, add());
    for (let round = 0; round < 20; round++) raw.write(Buffer.concat(Array<Buffer>(1_000).fill(frame)));
    await until(() => isLinked());
    await expect.poll(total, { timeout: 10_000 }).toBe(before + 20_000);
    raw.socket.destroy();
  });

  it("[B8] sends a message in pieces, and too many pieces", async () => {
    const before = await total();
    const raw = await joined();
    const call = add();
    raw.write(clientFrame(0x02, call.subarray(0, 1)));
    raw.write(clientFrame(0x00, call.subarray(1, 5)));
    raw.write(clientFrame(0x80, call.subarray(5)));
    await expect.poll(total).toBe(before + 1);
    raw.write(Buffer.concat([clientFrame(0x02), ...Array<Buffer>(200_000).fill(clientFrame(0x00))]));
    await raw.closed();
    // Its close frame leaves before the victim has the end of its connection.
    await until(() => !isLinked());
  });

  it("[B8] pings without end, and is not answered", async () => {
    const raw = await joined();
    const sent = raw.text.length;
    raw.write(Buffer.concat(Array<Buffer>(50_000).fill(clientFrame(0x89, new Uint8Array(100)))));
    const before = await total();
    raw.write(clientFrame(0x82, add()));
    await expect.poll(total).toBe(before + 1);
    expect(raw.text.slice(sent)).not.toContain("\x8a");
    raw.socket.destroy();
  });

  it.each<[string, () => Uint8Array, number]>([
    ["[B7] a gibibyte that never comes", () => Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ["[B7] one byte above 256 KiB", () => Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0]), 1009],
    ["[B10] a text", () => clientFrame(0x81, Buffer.from("A")), 1003],
    ["[B6] an unmasked frame", () => Buffer.from([0x82, 0x01, 0x41]), 1002],
    ["[B15] its proof once more", () => clientFrame(0x82, Buffer.concat([Uint8Array.of(2), new Uint8Array(32)])), 0],
    ["an empty frame", () => clientFrame(0x82), 0],
  ])("sends %s", async (_what, bytes, code) => {
    const raw = await joined();
    raw.write(bytes());
    if (code === 0) {
      // Kinds of frames that are not known are skipped.
      const before = await total();
      raw.write(clientFrame(0x82, add()));
      await expect.poll(total).toBe(before + 1);
      raw.socket.destroy();
    } else {
      expect((await raw.closed()).closeCode).toBe(code);
      await until(() => !isLinked());
    }
  });

  it.each<[string, () => Uint8Array]>([
    ["a goodbye", () => clientFrame(0x82, Buffer.from([0x15, 3, 0x62, 0x79, 0x65]))],
    ["malformed bytes", () => clientFrame(0x82, Buffer.from([0x10, 200, 1, 65]))],
    ["a close frame", () => clientFrame(0x88, Buffer.from([0x03, 0xe8]))],
  ])("is not heard any more after %s", async (_what, bytes) => {
    const raw = await joined();
    const before = await total();
    raw.write(Buffer.concat([bytes(), ...Array<Buffer>(100).fill(clientFrame(0x82, add()))]));
    await until(() => !isLinked());
    await raw.closed();
    expect(await total()).toBe(before);
  });

  it("[B10] is cut off in the middle of a frame, of which nothing is delivered", async () => {
    const raw = await joined();
    const before = await total();
    const frame = clientFrame(0x82, add());
    raw.write(frame.subarray(0, frame.length - 1));
    await total();
    raw.socket.resetAndDestroy();
    await until(() => !isLinked());
    expect(await total()).toBe(before);
  });
});

describe("[T8] a handshake", () => {
  it("[B11] with half a hello leads nowhere", async () => {
    const raw = await RawSocket.upgraded(besieged.address);
    const hello = initiator().hello();
    raw.write(clientFrame(0x82, hello.subarray(0, hello.length / 2)));
    expect((await raw.closed()).closeCode).toBe(4400);
  });

  it("[B1] whose hello never ends does not last longer than another", async () => {
    const raw = await RawSocket.upgraded(besieged.address);
    const frame = clientFrame(0x82, initiator().hello());
    let at = 0;
    const dribble = setInterval(() => raw.write(frame.subarray(at, ++at)), 100);
    await raw.closed();
    clearInterval(dribble);
    expect(raw.closeCode).toBe(4408);
  });

  it("[B14] takes no proof that was made for another channel, another link or another life", async () => {
    const [side, linkId, nonce] = [initiator(), new Uint8Array(16).fill(200), new Uint8Array(32).fill(200)];
    const honest = await introduced(side);
    const others = [{ channel: "data" }, { linkId }, { nonce }, { connectionIndex: 1 }, { incarnation: 1 }].map(
      (changes) => initiator(changes),
    );
    await Promise.all(
      others.map(async (other) => {
        const raw = await introduced(other);
        raw.write(clientFrame(0x82, side.proof()));
        expect((await raw.closed()).closeCode).toBe(4401);
      }),
    );
    honest.socket.destroy();
    expect(isLinked()).toBe(false);
  });

  it("[B13] gets one try", async () => {
    const side = initiator();
    const raw = await introduced(side);
    const wrong = Uint8Array.from(side.proof());
    wrong[32] = (wrong[32] ?? 0) ^ 1;
    raw.write(Buffer.concat([clientFrame(0x82, wrong), clientFrame(0x82, side.proof())]));
    expect((await raw.closed()).closeCode).toBe(4401);
    expect(isLinked()).toBe(false);
  });

  it("[B14] is not won by playing the responder", async () => {
    const side = initiator();
    const raw = await RawSocket.upgraded(besieged.address);
    const asResponder = Uint8Array.from(side.hello());
    asResponder[4] = 2;
    raw.write(clientFrame(0x82, asResponder));
    expect((await raw.closed()).closeCode).toBe(4400);
    expect(raw.frames).toEqual([]);
  });
});
