// Changes that a node did not hear of from the one that made them.
import { Actor, type Node } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { beforeEach, expect, it } from "vitest";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

let world: World;
let a: Node;
let b: Node;
let c: Node;
beforeEach(async () => {
  world = new World({ seed: 8 });
  [a, b, c] = (await world.startAll("a", "b", "c")).map(({ node }) => node) as [Node, Node, Node];
  for (const node of [a, b, c]) node.supervisor.declare(Thing);
});

const known = (node: Node): string =>
  node.supervisor
    .singletons()
    .map(({ name, revision }) => `${name}/${revision}`)
    .sort()
    .join();

/** Links of `a` and `c` are gone, and new ones do not come; `b` sees both. */
async function part(): Promise<void> {
  world.partition(["a"], ["c"]);
  world.cut("a", "c");
  await world.until(() => [a.transport.link("c"), c.transport.link("a")].every((link) => link?.isOpen !== true));
}

it("[V11] a singleton made where this node is not linked becomes known and runs, wherever placement puts it", async () => {
  await part();
  const names = Array.from({ length: 30 }, (_, index) => `one-${index}`);
  for (const name of names) void a.singleton(name, Thing).catch(() => {});
  await world.waitUntil("all know all", () => c.supervisor.singletons().length === names.length);
  await world.waitUntil("all run", () => names.every((name) => b.registry.owner(name) !== undefined));
  for (const name of names) await world.settle(b.actor<Thing>(name).ask.where());
  expect(names.some((name) => b.registry.owner(name)?.nodeId === "c")).toBe(true);
});

it("[V11] one that was removed, and one that was asked for anew, by a node that died right after", async () => {
  await world.settle(Promise.all(["gone", "new"].map((name) => a.singleton(name, Thing))));
  await part();
  void a.supervisor.remove("gone").catch(() => {});
  void a.supervisor.remove("new").catch(() => {});
  void a.singleton("new", Thing).catch(() => {});
  void a.singleton("late", Thing).catch(() => {});
  await world.until(() => known(b) === "late/1,new/3");
  world.kill("a");
  await world.waitUntil(
    "both agree",
    () => known(c) === known(b) && b.members().length === 2 && c.members().length === 2,
  );
  expect(known(c)).toBe("late/1,new/3");
  await world.waitUntil("all run once", () => b.system.size + c.system.size === 2);
  for (const name of ["late", "new"]) await world.settle(c.actor<Thing>(name).ask.where());
  await expect(world.settle(c.actor<Thing>("gone").ask.where())).rejects.toMatchObject({ code: "noproc" });
});

it("a node that has stopped compares nothing, and one without singletons has no timer for it", async () => {
  await world.advance(10_000);
  const before = world.nodes.map(({ runtime }) => runtime.timers);
  await world.settle(a.singleton("one", Thing));
  await world.advance(10_000);
  const after = world.nodes.map(({ runtime }) => runtime.timers);
  expect(after.map((timers, index) => timers - (before[index] ?? 0))).toEqual([1, 1, 1]);
  await world.settle(Promise.all([a, b, c].map((node) => node.stop())));
  await world.advance(10_000);
  expect(world.nodes.map(({ runtime }) => runtime.timers)).toEqual([0, 0, 0]);
});
