import { Actor } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { World } from "../index.ts";

class Counter extends Actor {
  #count = 0;
  increment(): number {
    return ++this.#count;
  }
}

describe("a world", () => {
  it("boots a cluster, kills a node and sees its singleton elsewhere, in virtual time", async () => {
    const world = new World({ seed: 1 });
    const nodes = await world.startAll("a", "b", "c");
    const [counter] = await world.settle(Promise.all(nodes.map(({ node }) => node.singleton("counter", Counter))));
    expect(await world.settle(counter?.ask.increment() as Promise<number>)).toBe(1);
    const host = nodes[0]?.node.registry.owner("counter")?.nodeId as string;
    const survivor = nodes.find(({ name }) => name !== host) as (typeof nodes)[number];
    const killedAt = world.time.now;
    world.kill(host);
    await world.until(() => survivor.node.registry.owner("counter")?.epoch === 2);
    expect(await world.settle(survivor.node.actor<Counter>("counter").ask.increment())).toBe(1);
    expect(world.time.now - killedAt).toBeLessThan(100);
    for (const { node } of world.nodes) expect(node.members()).toHaveLength(2);
  });

  it("gives the same trace for the same seed and another one for another seed", async () => {
    const run = async (seed: number): Promise<string> => {
      const world = new World({ seed });
      world.path({ delayMs: 1, jitterMs: 20, loss: 0.05 });
      const nodes = await world.startAll("a", "b", "c");
      await world.settle(Promise.all(nodes.map(({ node }) => node.singleton("counter", Counter))));
      world.kill("b");
      await world.advance(10_000);
      await world.start("b");
      await world.advance(10_000);
      return world.trace.digest;
    };
    const seeds = [1, 2, 3, 4, 5];
    const [first, second] = [await Promise.all(seeds.map(run)).catch(() => []), [] as string[]];
    for (const seed of seeds) second.push(await run(seed));
    expect(first).toEqual(second);
    expect(new Set(second).size).toBe(seeds.length);
  });

  it("tells what it sees when a node was stopped by the test itself", async () => {
    const world = new World({ seed: 2 });
    const [a] = await world.startAll("a", "b");
    await world.settle(a.node.stop());
    const lines = world.diagnosis().split("\n");
    expect(lines[1]).toBe("  a has stopped");
    expect(lines[2]).toContain("b (running) members");
    await expect(world.waitUntil("never", () => false, { timeoutMs: 1 })).rejects.toThrow("in vain: never");
  });

  it("finishes an hour of cluster life in seconds", async () => {
    const world = new World({ seed: 7 });
    await world.startAll("a", "b", "c");
    await world.advance(3_600_000);
    for (const { node } of world.nodes)
      expect(node.members().map((member) => member.status)).toEqual(["up", "up", "up"]);
  });
});
