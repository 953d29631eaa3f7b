import { Actor } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { expect, it } from "vitest";

class One extends Actor {
  epoch(): number | undefined {
    return this.context.epoch;
  }
}

it("[Y23] of 100 singletons that both sides of a split have restarted, each survives once, and all agree where", async () => {
  const world = new World({ seed: 23 });
  const nodes = (await world.startAll("a", "b", "c")).map(({ node }) => node);
  const [a, b] = nodes;
  if (a === undefined || b === undefined) throw new Error("three nodes were started");
  for (const node of nodes) node.supervisor.declare(One);
  const names = Array.from({ length: 100 }, (_, index) => `one-${index}`);
  await world.settle(Promise.all(names.map((name) => a.singleton(name, One))));
  world.partition(["a"], ["b"], ["c"]);
  // Each of the three is a side of its own: those whose host is elsewhere start again, under the same epoch on two of them.
  const runsAll = (node: (typeof nodes)[number]): boolean =>
    names.every((name) => node.registry.owner(name)?.nodeId === node.name);
  await world.waitUntil("all run on every side", () => nodes.every(runsAll));
  const before = new Map(names.map((name) => [name, nodes.map((node) => node.registry.owner(name)?.epoch ?? 0)]));
  const tied = names.filter((name) => {
    const epochs = before.get(name) ?? [];
    return epochs.filter((epoch) => epoch === Math.max(...epochs)).length > 1;
  });
  // Else the test would show nothing.
  expect(tied).toHaveLength(100);
  world.heal();
  const owners = (node: (typeof nodes)[number]): string[] =>
    names.map((name) => {
      const owner = node.registry.owner(name);
      return `${name} ${owner?.nodeId} ${owner?.epoch}`;
    });
  const isOne = (): boolean => nodes.reduce((sum, { system }) => sum + system.size, 0) === 100;
  await world.waitUntil(
    "one of each is left",
    () => isOne() && new Set(nodes.map((node) => owners(node).join())).size === 1,
  );
  await world.advance(5_000);
  expect(isOne()).toBe(true);
  for (const name of names) {
    const owner = b.registry.owner(name);
    // The survivor is one of those with the highest epoch, and the actor itself has the epoch that its name has.
    expect(owner?.epoch).toBe(Math.max(...(before.get(name) ?? [])));
    expect(await world.settle(b.actor<One>(name).ask.epoch())).toBe(owner?.epoch);
  }
});
