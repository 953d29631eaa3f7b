// What a node that leaves is still starting or stopping runs nowhere else meanwhile.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, expect, it } from "vitest";

const names = Array.from({ length: 12 }, (_, index) => `one-${index}`);

let world: World;
/** On which nodes each singleton lives at this moment, from the first line of its `onStart` to the last one of its `onStop`. */
let living: Map<string, string[]>;
let doubles: string[];
let startMs: number;
let stopMs: number;
beforeEach(() => {
  world = new World({ seed: 3 });
  living = new Map(names.map((name) => [name, []]));
  doubles = [];
  [startMs, stopMs] = [0, 0];
});

class Slow extends Actor {
  readonly #name: string;
  constructor(name: string) {
    super();
    this.#name = name;
  }
  protected override async onStart(): Promise<void> {
    const nodes = living.get(this.#name) as string[];
    nodes.push(this.context.system.name);
    if (nodes.length > 1) doubles.push(`${this.#name} on ${nodes.join(" and ")}`);
    await this.#pass(startMs);
  }
  protected override async onStop(): Promise<void> {
    await this.#pass(stopMs);
    const nodes = living.get(this.#name) as string[];
    nodes.splice(nodes.indexOf(this.context.system.name), 1);
  }
  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.context.system.runtime.setTimer(ms, resolve));
  }
}

async function start(...nodeNames: readonly string[]): Promise<SimulatedNode[]> {
  for (const name of nodeNames) await world.start(name, { actors: [Slow] });
  await world.until(() => world.nodes.every(({ node }) => node.members().length === nodeNames.length));
  return world.nodes;
}

const runOn = (node: string, howMany: number): boolean =>
  [...living.values()].filter((nodes) => nodes.includes(node)).length >= howMany;

it.each([
  ["a", "b"],
  ["a", "b", "c"],
])("[V11] an onStart that is under way on the one that leaves is waited for, with %s", async (...nodeNames) => {
  const [a, ...others] = await start(...nodeNames);
  [startMs, stopMs] = [2_000, 1_500];
  for (const name of names) void a?.node.singleton(name, Slow, { args: [name] }).catch(() => {});
  await world.until(() => names.every((name) => living.get(name)?.length === 1));
  expect(runOn("a", 1)).toBe(true);
  startMs = 0;
  void a?.node.stop();
  await world.waitUntil(
    "all have moved",
    () => !runOn("a", 1) && names.every((name) => living.get(name)?.length === 1),
  );
  expect(doubles).toEqual([]);
  expect(others.length).toBe(nodeNames.length - 1);
});

it("[V11] an onStart that is under way is waited for, although a connection breaks and is made anew while it leaves", async () => {
  const [a, b] = await start("a", "b");
  [startMs, stopMs] = [2_000, 1_000];
  for (const name of names) void a?.node.singleton(name, Slow, { args: [name] }).catch(() => {});
  await world.until(() => names.every((name) => living.get(name)?.length === 1));
  expect(runOn("a", 1)).toBe(true);
  startMs = 0;
  void a?.node.stop();
  for (let again = 0; again < 3; again++) {
    await world.until(
      () => b?.node.membership.member("a")?.status === "leaving" && b.node.transport.link("a") !== undefined,
    );
    await world.advance(200);
    world.cut("a", "b");
    await world.advance(200);
  }
  await world.waitUntil("all have moved", () => runOn("b", names.length));
  expect(doubles).toEqual([]);
});

it("[V11] what it is stopping is waited for, although a connection breaks", async () => {
  const [a, b] = await start("a", "b");
  for (const name of names) await world.settle(a?.node.singleton(name, Slow, { args: [name] }) as Promise<unknown>);
  expect(runOn("a", 1)).toBe(true);
  stopMs = 1_500;
  void a?.node.stop();
  await world.until(() => b?.node.membership.member("a")?.status === "leaving");
  world.cut("a", "b");
  await world.waitUntil("all have moved", () => runOn("b", names.length));
  expect(doubles).toEqual([]);
});

it("[V11] one that is killed while it leaves is gone at once", async () => {
  const [a, b] = await start("a", "b");
  for (const name of names) await world.settle(a?.node.singleton(name, Slow, { args: [name] }) as Promise<unknown>);
  stopMs = 4_000;
  void a?.node.stop();
  await world.until(() => b?.node.membership.member("a")?.status === "leaving");
  const at = world.time.now;
  world.kill("a");
  await world.waitUntil("all have moved", () => runOn("b", names.length));
  expect(world.time.now - at).toBeLessThan(500);
});
