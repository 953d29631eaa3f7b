// Slow: starts whole processes.
import { namespacesUnavailable } from "@foundation/testkit";
import { describe, expect, it } from "vitest";
import { openCluster, upCount } from "./support/process-cluster.ts";

const reason = namespacesUnavailable();
const because = reason === undefined ? "" : ` (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(`nodes on hosts of their own${because}`, () => {
  it("have addresses of their own, find each other, are parted and joined, frozen and killed", async () => {
    await using cluster = await openCluster({ hosts: "namespaces", rate: { mbit: 200, queueMs: 20 } });
    const nodes = await cluster.startAll("a", "b", "c");
    expect(new Set(nodes.map(({ address }) => address.host)).size).toBe(3);
    for (const { address } of nodes) expect(address.host).toMatch(/^10\.78\./);
    const counts = (): Promise<number[]> => Promise.all(nodes.map(upCount));
    cluster.partition(["a"], ["b", "c"]);
    await cluster.waitUntil("both sides miss each other", counts, { until: (seen) => seen.join() === "1,2,2" });
    cluster.heal();
    await cluster.waitUntil("all see all", counts, { until: (seen) => seen.join() === "3,3,3" });
    await cluster.kill("c");
    const others = nodes.slice(0, 2);
    await cluster.waitUntil("c is missed", () => Promise.all(others.map(upCount)), {
      until: (seen) => seen.join() === "2,2",
    });
    const again = await cluster.start("c");
    await cluster.waitUntil("c is back", () => upCount(again), { until: (count) => count === 3 });
    expect(again.address.host).toBe(nodes[2].address.host);
    cluster.freeze("b");
    await cluster.waitUntil("b is missed", () => upCount(again), { until: (count) => count === 2 });
    cluster.thaw("b");
    expect(await cluster.diagnosis()).toMatch(/b at 10\.78\.0\.\d+, 200 Mbit\/s/);
  });

  it("say of a verb that it cannot be had there", async () => {
    await using cluster = await openCluster({ hosts: "namespaces" });
    await Promise.all([cluster.start("a"), cluster.start("b")]);
    const unsupported = expect.objectContaining({ code: "unsupported" });
    expect(() => cluster.cut("a", "b")).toThrow(unsupported);
    expect(() => cluster.delay({ delayMs: 5 }, "a", "b")).toThrow(unsupported);
    cluster.halfOpen("a", "b");
    cluster.blockOneWay("a", "b");
    cluster.heal();
  });
});

describe("hosts of their own", () => {
  it.skipIf(reason === undefined)("are refused with the reason where they cannot be made", async () => {
    await expect(openCluster({ hosts: "namespaces" })).rejects.toMatchObject({ code: "unsupported" });
  });

  it("alone have a rate", async () => {
    const rate = { mbit: 1, queueMs: 1 };
    await expect(openCluster({ rate })).rejects.toMatchObject({ code: "invalidOption" });
    await expect(openCluster({ hosts: "namespaces", rate: { ...rate, mbit: 0 } })).rejects.toMatchObject({
      code: "invalidOption",
    });
  });
});
