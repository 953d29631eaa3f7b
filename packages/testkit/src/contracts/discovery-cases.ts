import assert from "node:assert/strict";
import { address, peer } from "./discovery-bench.ts";
import type { DiscoverablePeer, DiscoveryCase } from "./discovery-contract.ts";

const manyPeers = 1_000;
const flaps = 10;
const slowMs = 30_000;
/** How long a case waits for a call that must not come. Milliseconds. */
const quietMs = 50;

const [a, b] = [peer("a", 1), peer("b", 2)];

/** What `DiscoveryStrategy` promises (peers of the case itself are left out of the answers). */
export const discoveryCases: readonly DiscoveryCase[] = [
  {
    name: "has a name for logs",
    needs: [],
    async run(bench) {
      const { name } = bench.strategy();
      assert.ok(typeof name === "string" && name.trim().length > 0, `its name is ${JSON.stringify(name)}`);
    },
  },
  {
    name: "finds nobody where nobody is, and that is no error",
    needs: [],
    async run(bench) {
      await bench.findsExactly(await bench.start(), []);
    },
  },
  {
    name: "finds the peers there are, with host and port as they are, IPv6 and names too",
    needs: [],
    async run(bench) {
      const peers: DiscoverablePeer[] = [
        a,
        { nodeId: "six", host: "2001:db8::7", port: 65_535 },
        { nodeId: "named", host: "db-7.internal", port: 1 },
      ];
      await bench.backend.add(peers);
      await bench.findsExactly(await bench.start(), peers);
    },
  },
  {
    name: `finds all of ${manyPeers} peers`,
    needs: [],
    async run(bench) {
      const peers = Array.from({ length: manyPeers }, (_, index) => peer(`many-${index}`, index + 1));
      await bench.backend.add(peers);
      await bench.findsExactly(await bench.start(), peers);
    },
  },
  {
    name: "finds a peer that appears, and leaves earlier answers as they were",
    needs: ["change"],
    async run(bench) {
      await bench.backend.add([a]);
      const strategy = await bench.start();
      const before = await strategy.discover();
      const copy = before.map(address);
      await bench.backend.add([b]);
      await bench.findsExactly(strategy, [a, b]);
      assert.deepEqual(before.map(address), copy);
    },
  },
  {
    name: "no longer names a peer that is gone",
    needs: ["change"],
    async run(bench) {
      await bench.backend.add([a, b]);
      const strategy = await bench.start();
      await bench.findsExactly(strategy, [a, b]);
      await bench.backend.remove?.([a]);
      await bench.findsExactly(strategy, [b]);
      await bench.backend.remove?.([b]);
      await bench.findsExactly(strategy, []);
    },
  },
  {
    name: `follows a peer that comes and goes ${flaps} times`,
    needs: ["change"],
    async run(bench) {
      const strategy = await bench.start();
      await bench.backend.add([b]);
      for (let flap = 0; flap < flaps; flap++) {
        await bench.backend.add([a]);
        await bench.findsExactly(strategy, [a, b]);
        await bench.backend.remove?.([a]);
        await bench.findsExactly(strategy, [b]);
      }
    },
  },
  {
    name: "finds live peers beside the record of a dead one",
    needs: ["stale"],
    async run(bench) {
      await bench.backend.add([a]);
      await bench.backend.addStale?.(b);
      const found = (await (await bench.start()).discover()).map(address);
      assert.ok(found.includes(address(a)), `the live peer is among [${found.join(", ")}]`);
    },
  },
  {
    name: "answers several questions at once alike",
    needs: [],
    async run(bench) {
      await bench.backend.add([a, b]);
      const strategy = await bench.start();
      await bench.findsExactly(strategy, [a, b]);
      const answers = await Promise.all(Array.from({ length: 10 }, () => strategy.discover()));
      const shown = answers.map((answer) => answer.map(address).sort().join(", "));
      assert.equal(new Set(shown).size, 1, `the answers were ${[...new Set(shown)].join(" / ")}`);
    },
  },
  {
    name: "says that it got no answer, instead of an empty one, and recovers by itself",
    needs: ["fail"],
    async run(bench) {
      await bench.backend.add([a]);
      const strategy = await bench.start();
      await bench.findsExactly(strategy, [a]);
      for (let time = 0; time < 3; time++) {
        await bench.backend.setBroken?.(true);
        await assert.rejects(
          async () => strategy.discover(),
          (error: unknown) => error instanceof Error && error.message.length > 0,
          "discover() rejects with an Error that says what is wrong",
        );
        await bench.backend.setBroken?.(false);
        await bench.findsExactly(strategy, [a]);
      }
    },
  },
  {
    name: `takes ${slowMs / 1_000} s where the backend does, or gives up with an error, and is quick again afterwards`,
    needs: ["slow"],
    async run(bench) {
      await bench.backend.add([a]);
      const strategy = await bench.start();
      await bench.backend.setDelay?.(slowMs);
      const found = await strategy.discover().catch((error: unknown) => {
        assert.ok(error instanceof Error, "what it gives up with is an Error");
        return undefined;
      });
      if (found !== undefined) assert.ok(found.map(address).includes(address(a)), "a late answer is a whole answer");
      await bench.backend.setDelay?.(0);
      const before = bench.time.elapsedMs;
      await bench.findsExactly(strategy, [a]);
      assert.ok(bench.time.elapsedMs - before < slowMs, "the delay is over");
    },
  },
  {
    name: "makes its node findable for others by announce, until withdraw",
    needs: ["announce"],
    async run(bench) {
      const [first, second] = [await bench.start(a), await bench.start(b)];
      await bench.findsExactly(first, [b], a);
      await bench.findsExactly(second, [a], b);
      await bench.withdraw(second);
      await bench.findsExactly(first, [], a);
    },
  },
  {
    name: "replaces what an earlier life of the node has announced, which a late withdraw leaves alone",
    needs: ["announce", "replace"],
    async run(bench) {
      const other = await bench.start(b);
      const earlier = await bench.start(a);
      const again = { ...a, port: a.port + 1_000 };
      await bench.start(again);
      await bench.findsExactly(other, [again], b);
      await bench.withdraw(earlier);
      await bench.findsExactly(other, [again], b);
    },
  },
  {
    name: "tells its listeners of a change, as long as they listen",
    needs: ["notify", "change"],
    async run(bench) {
      const strategy = await bench.start();
      assert.ok(strategy.onChange, "it has onChange");
      const calls = { staying: 0, leaving: 0 };
      strategy.onChange(() => void calls.staying++);
      const leave = strategy.onChange(() => void calls.leaving++);
      await bench.backend.add([a]);
      await bench.time.eventually(
        "both listeners are told",
        () => (calls.staying > 0 && calls.leaving > 0) || undefined,
      );
      await bench.time.pause(quietMs);
      leave();
      const before = { ...calls };
      await bench.backend.add([b]);
      await bench.time.eventually("the one that stayed is told", () => calls.staying > before.staying || undefined);
      await bench.time.pause(quietMs);
      assert.equal(calls.leaving, before.leaving);
      await bench.findsExactly(strategy, [a, b]);
    },
  },
];
