// Slow: starts whole processes.
import { ProcessCluster } from "@foundation/testkit";
import { describe, expect, it } from "vitest";
import type { program } from "./support/traffic-program.ts";

const mebibyte = 1024 * 1024;
const queueBytesMax = 8 * mebibyte;
const channels = [
  { name: "control", priority: 0, eager: true },
  { name: "events", priority: 1 },
  { name: "data", priority: 3, queueBytesMax, messageBytesMax: 4 * mebibyte },
];

/** Nodes that are patient with a peer that stands still. */
function openCluster(): Promise<ProcessCluster<typeof program>> {
  return ProcessCluster.open<typeof program>({
    program: new URL("./support/traffic-program.ts", import.meta.url),
    execArgv: ["--conditions=@foundation/source"],
    nodes: { channels, failureDetector: { intervalMs: 200, suspectAfterMs: 20_000, downAfterMs: 30_000 } },
  });
}

describe("channels between processes", () => {
  it("[T1] a receiver that stops reading costs the sender its queue and no more, and nobody else anything", async () => {
    await using cluster = await openCluster();
    const [a, b, c] = await cluster.startAll("a", "b", "c");
    await b.call("serve", "stuck");
    await c.call("serve", "lively");
    await cluster.waitUntil("a knows both", () => a.call("knows", ["stuck", "lively"]));
    const load = { sink: "stuck", other: "lively", bytes: 100_000, bytesPerMs: 10_000 };
    await a.call("load", { ...load, ms: 200 });
    cluster.freeze("b");
    const { accepted, codes, queuedBytesMax, grownBytes, answers } = await a.call("load", { ...load, ms: 3_000 });
    expect(codes).toEqual(["overloaded"]);
    expect(accepted).toBeGreaterThan(0);
    expect(queuedBytesMax).toBeLessThanOrEqual(queueBytesMax * 1.1);
    // The queue, what the sockets hold, the pool of frames, and garbage that was not collected yet.
    expect(grownBytes).toBeLessThan(queueBytesMax * 1.1 + 64 * mebibyte);
    // While b stood still, and until the last of them: the load ends only when its asks have.
    expect(answers).toBeGreaterThan(1);
    cluster.thaw("b");
    await cluster.waitUntil(
      "all that was accepted has arrived",
      async () => (await b.call("taken", "stuck")) >= accepted,
    );
  });

  it("[T2] large messages on a slow wire do not hold up small asks to the same node", async () => {
    await using cluster = await openCluster();
    const [a, b] = await cluster.startAll("a", "b");
    await b.call("serve", "sink");
    await cluster.waitUntil("a knows it", () => a.call("knows", ["sink"]));
    // 10 Mbyte/s: each large message takes 100 ms, and more are offered than fit.
    cluster.path({ bytesPerMs: 10_000 });
    const load = { sink: "sink", other: "sink", bytes: 1_000_000, bytesPerMs: 12_000, ms: 3_000 };
    const { accepted, overtaken } = await a.call("load", load);
    expect(accepted).toBeGreaterThan(10);
    expect(overtaken).toBeGreaterThanOrEqual(2);
    await cluster.waitUntil("all of them have arrived", async () => (await b.call("taken", "sink")) >= accepted);
  });

  it("carry what is told to an actor on the channel that its class names, which the sender need not know", async () => {
    await using cluster = await openCluster();
    const [a, b] = await cluster.startAll("a", "b");
    await b.call("serveOnEvents", "sink");
    await cluster.waitUntil("a knows it", () => a.call("knows", ["sink"]));
    // By size, the small ones would take control and the large ones data.
    await a.call("tell", { sink: "sink", bytes: 10_000, count: 100 });
    await a.call("tell", { sink: "sink", bytes: 1_000_000, count: 10 });
    await cluster.waitUntil("all have arrived", async () => (await b.call("taken", "sink")) === 110);
    const { control = 0, data = 0, events = 0 } = await a.call("bytesOut", "sink");
    expect(events).toBeGreaterThan(100 * 10_000 + 10 * 1_000_000);
    expect(control).toBeLessThan(100_000);
    expect(data).toBe(0);
  });
});
