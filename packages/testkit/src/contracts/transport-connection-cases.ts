import assert from "node:assert/strict";
import { RecordedConnection, type TransportBench } from "./transport-bench.ts";
import type { TransportCase } from "./transport-contract.ts";

/** The longest frame that has to be carried. Bytes. */
const frameBytesMax = 256 * 1024;
/** Frames that wait for the first handlers, at least. */
const unclaimedFramesMin = 16;
/** Bytes of a close's reason that arrive, at least. */
const reasonBytesMin = 120;

const sizes = [1, 2, 125, 126, 127, 4_096, 65_535, 65_536, 100_000, frameBytesMax];

/** Bytes that differ from their neighbours, in a period of 256. */
const pattern = Uint8Array.from({ length: frameBytesMax + 256 }, (_, index) => (index * 31) & 0xff);

/** A frame whose every byte tells where it belongs. */
const frameOf = (size: number, mark: number): Uint8Array => pattern.slice(mark & 0xff, (mark & 0xff) + size);

/** What `Connection` promises. */
export const connectionCases: readonly TransportCase[] = [
  {
    name: "carries frames from 1 byte to 256 KiB whole and in order, both ways at once",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      const rounds = [0, 1, 2];
      for (const round of rounds) {
        for (const size of sizes) {
          dialed.connection.send(frameOf(size, round));
          accepted.connection.send(frameOf(size, round + 100));
        }
      }
      for (const [end, mark] of [[accepted, 0] as const, [dialed, 100] as const]) {
        await frames(bench, end, sizes.length * rounds.length);
        const expected = rounds.flatMap((round) => sizes.map((size) => frameOf(size, round + mark)));
        for (const [index, frame] of end.frames.entries())
          assert.ok(Buffer.from(expected[index] ?? []).equals(frame), `frame ${index} arrived as it was sent`);
      }
    },
  },
  {
    name: "lets received frames be kept: nobody writes to them again",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      for (let mark = 0; mark < 200; mark++) {
        dialed.connection.send(frameOf(1_000, mark));
        if (mark % 50 === 0) await frames(bench, accepted, mark + 1);
      }
      await frames(bench, accepted, 200);
      for (const [mark, frame] of accepted.frames.entries())
        assert.ok(Buffer.from(frameOf(1_000, mark)).equals(frame), `frame ${mark} is still what it was`);
    },
  },
  {
    name: `keeps ${unclaimedFramesMin} frames and a close for the first handlers`,
    async run(bench) {
      const { listener, accepted } = await bench.listen();
      const connection = await bench.dial(listener.address);
      const other = await bench.time.eventually("the listener is told", () => accepted[0]);
      for (let i = 0; i < unclaimedFramesMin; i++) other.connection.send(Buffer.from(`early ${i}`));
      other.connection.close(4_001, "bye");
      await bench.quiet();
      const late = new RecordedConnection(connection).attach();
      await bench.closed(late, other);
      assert.deepEqual(
        late.texts,
        Array.from({ length: unclaimedFramesMin }, (_, i) => `early ${i}`),
      );
      assert.deepEqual(late.closes, [{ code: 4_001, reason: "bye" }]);
    },
  },
  {
    name: "tells the newest handlers only",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      dialed.connection.send(Buffer.from("to the first"));
      await frames(bench, accepted, 1);
      const second = new RecordedConnection(accepted.connection).attach();
      dialed.connection.send(Buffer.from("to the second"));
      await frames(bench, second, 1);
      dialed.connection.close(1_000, "");
      await bench.closed(second, dialed);
      assert.deepEqual([accepted.texts, second.texts], [["to the first"], ["to the second"]]);
      assert.equal(accepted.closes.length, 0);
    },
  },
  {
    name: "reports nothing from inside send, close and terminate",
    async run(bench) {
      const pairs = [await bench.connect(), await bench.connect()] as const;
      for (const { dialed, accepted } of pairs) {
        dialed.during((connection) => connection.send(frameOf(100_000, 1)));
        accepted.during((connection) => connection.send(frameOf(100_000, 2)));
      }
      const [closing, terminating] = pairs;
      closing.dialed.during((connection) => connection.close(1_000, "done"));
      terminating.dialed.during((connection) => connection.terminate());
      await bench.closed(closing.dialed, closing.accepted, terminating.dialed, terminating.accepted);
      const reentered = pairs.flatMap(({ dialed, accepted }) => [dialed.reentered, accepted.reentered]);
      assert.deepEqual(reentered, [0, 0, 0, 0]);
    },
  },
  {
    name: "counts what it holds, and tells when that went down, to nothing in the end",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      const count = 40;
      for (let i = 0; i < count; i++) dialed.connection.send(frameOf(frameBytesMax, i));
      const held = dialed.connection.bufferedBytes;
      // Headers of the wire may count.
      assert.ok(
        held >= 0 && held <= count * (frameBytesMax + 64),
        `${held} bytes are held of ${count * frameBytesMax}`,
      );
      await frames(bench, accepted, count);
      await bench.time.eventually("nothing is held", () => dialed.connection.bufferedBytes === 0 || undefined);
      await bench.time.eventually("a drain is reported", () => dialed.drains > 0 || undefined);
    },
  },
  {
    name: "delivers what was sent before a close, then code and reason, once, at both ends",
    async run(bench) {
      for (const closer of ["dialed", "accepted"] as const) {
        const pair = await bench.connect();
        const [near, far] = closer === "dialed" ? [pair.dialed, pair.accepted] : [pair.accepted, pair.dialed];
        for (let i = 0; i < 20; i++) near.connection.send(frameOf(100_000, i));
        near.connection.close(4_000, "maintenance");
        await bench.closed(near, far);
        assert.equal(far.frames.length, 20);
        const expected = [{ code: 4_000, reason: "maintenance" }];
        assert.deepEqual([far.closes, near.closes], [expected, expected]);
      }
    },
  },
  {
    name: "sends nothing, throws nothing and reports nothing more once it is closing",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      dialed.connection.close(4_000, "first");
      dialed.connection.send(Buffer.from("too late"));
      dialed.connection.close(4_001, "second");
      await bench.closed(dialed, accepted);
      for (const { connection } of [dialed, accepted]) {
        connection.send(Buffer.from("much too late"));
        connection.close(4_002, "third");
        connection.terminate();
      }
      await bench.quiet();
      assert.deepEqual(accepted.frames, []);
      assert.deepEqual(accepted.closes, [{ code: 4_000, reason: "first" }]);
      assert.equal(dialed.closes.length, 1);
    },
  },
  {
    name: "cuts no more than it must from a long reason, and at a character",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      const reason = "ä€😀".repeat(100);
      dialed.connection.close(4_000, reason);
      await bench.closed(dialed, accepted);
      const arrived = accepted.closes[0]?.reason ?? "";
      assert.ok(reason.startsWith(arrived), `a beginning of the reason arrived: ${arrived}`);
      assert.ok(Buffer.byteLength(arrived) >= reasonBytesMin, `${Buffer.byteLength(arrived)} bytes arrived`);
    },
  },
  {
    name: "drops everything on terminate: 1006, once, at both ends",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      dialed.connection.terminate();
      dialed.connection.terminate();
      await bench.closed(dialed, accepted);
      assert.deepEqual([dialed.closes.map(codeOf), accepted.closes.map(codeOf)], [[1_006], [1_006]]);
    },
  },
  {
    name: "closes once when both ends close at the same time",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      dialed.connection.close(4_000, "here");
      accepted.connection.close(4_001, "there");
      await bench.closed(dialed, accepted);
      assert.deepEqual([dialed.closes.length, accepted.closes.length], [1, 1]);
    },
  },
  {
    name: "notices a connection that breaks: 1006, once, at both ends, after whole frames only",
    needs: "breakConnections",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      for (let i = 0; i < 20; i++) dialed.connection.send(frameOf(100_000, i));
      bench.subject.breakConnections?.();
      await bench.closed(dialed, accepted);
      assert.deepEqual([dialed.closes.map(codeOf), accepted.closes.map(codeOf)], [[1_006], [1_006]]);
      for (const [i, frame] of accepted.frames.entries())
        assert.ok(Buffer.from(frameOf(100_000, i)).equals(frame), "no suffix, no hole: the frames are a beginning");
    },
  },
];

const codeOf = ({ code }: { readonly code: number }): number => code;

async function frames(bench: TransportBench, end: RecordedConnection, count: number): Promise<void> {
  await bench.time.eventually(`${count} frames`, () => end.frames.length >= count || undefined);
  assert.equal(end.frames.length, count);
}
