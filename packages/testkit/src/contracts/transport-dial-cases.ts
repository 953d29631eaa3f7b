import assert from "node:assert/strict";
import { formatAddress, type PeerAddress } from "@foundation/transport";
import type { TransportBench } from "./transport-bench.ts";
import type { TransportCase } from "./transport-contract.ts";

/** Milliseconds that a dial to nowhere is given. */
const shortDialMs = 50;

/** What `Transport` and `Listener` promise. */
export const dialCases: readonly TransportCase[] = [
  {
    name: "listens on a free port when asked for port 0, another one each time, and says which",
    async run(bench) {
      const [first, second] = [await bench.listen(), await bench.listen()];
      const { host } = bench.subject;
      for (const { listener } of [first, second]) {
        assert.equal(listener.address.host, host);
        assert.ok(Number.isInteger(listener.address.port) && listener.address.port > 0, "the port is a real one");
      }
      assert.notEqual(first.listener.address.port, second.listener.address.port);
    },
  },
  {
    name: "refuses to listen where something listens already: addressInUse, with the address",
    async run(bench) {
      const { listener } = await bench.listen();
      const { port } = listener.address;
      await assert.rejects(bench.listen(listener.address), (error: Error & { code?: unknown }) => {
        assert.equal(error.code, "addressInUse");
        assert.ok(error.message.includes(String(port)), `the message names the port ${port}: ${error.message}`);
        return true;
      });
    },
  },
  {
    name: "frees the address when its listener is closed, and refuses dials until somebody listens there again",
    async run(bench) {
      const { listener } = await bench.listen();
      await listener.close();
      await rejectsWith(bench, listener.address, "connectionRefused");
      const again = await bench.listen(listener.address);
      await bench.dial(again.listener.address);
      await bench.time.eventually("the new listener is told", () => again.accepted[0]);
    },
  },
  {
    name: "shows each end the host of the other one",
    async run(bench) {
      const { dialed, accepted } = await bench.connect();
      for (const { connection } of [dialed, accepted])
        assert.ok(typeof connection.remoteHost === "string" && connection.remoteHost.length > 0);
    },
  },
  {
    name: "gives a dial up when its signal says so, before and while it is under way: closed, and no connection is left",
    async run(bench) {
      const { listener, accepted } = await bench.listen();
      const codeOf = (error: { code?: unknown }): unknown => error.code;
      const before = await bench.dial(listener.address, AbortSignal.abort()).catch(codeOf);
      const abort = new AbortController();
      const dialing = bench.dial(listener.address, abort.signal).catch(codeOf);
      abort.abort();
      assert.deepEqual([before, await dialing], ["closed", "closed"]);
      await bench.quiet();
      await bench.time.eventually("what was accepted is closed", () =>
        accepted.every((end) => end.closes.length === 1) ? true : undefined,
      );
    },
  },
  {
    name: "gives a dial up at its deadline: timeout",
    needs: "silent",
    async run(bench) {
      const address = bench.subject.silent as PeerAddress;
      const before = bench.time.elapsedMs;
      await assert.rejects(bench.subject.dialer.dial(address, { timeoutMs: shortDialMs }), { code: "timeout" });
      // Timers of the operating system may be a millisecond early.
      assert.ok(bench.time.elapsedMs - before >= shortDialMs - 2, "it did not give up before its deadline");
    },
  },
  {
    name: "drops open connections when their listener is closed, and only those",
    async run(bench) {
      const [going, staying] = [await bench.connect(), await bench.connect()];
      await going.listener.close();
      await bench.closed(going.dialed);
      assert.equal(staying.dialed.closes.length, 0);
      staying.dialed.connection.send(Buffer.from("still here"));
      await bench.time.eventually("the other connection works", () => staying.accepted.texts[0]);
    },
  },
  {
    name: "keeps many connections apart",
    async run(bench) {
      const { listener, accepted } = await bench.listen();
      const count = 20;
      await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const connection = await bench.dial(listener.address);
          for (const part of ["a", "b", "c"]) connection.send(Buffer.from(`${index}${part}`));
        }),
      );
      await bench.time.eventually(`${count * 3} frames`, () =>
        accepted.reduce((sum, end) => sum + end.frames.length, 0) === count * 3 ? true : undefined,
      );
      const seen = accepted.map((end) => end.texts.join(" ")).sort();
      assert.deepEqual(seen, Array.from({ length: count }, (_, i) => `${i}a ${i}b ${i}c`).sort());
    },
  },
];

async function rejectsWith(bench: TransportBench, address: PeerAddress, code: string): Promise<void> {
  await assert.rejects(bench.dial(address), { code }, `a dial to ${formatAddress(address)} should end with ${code}`);
}
