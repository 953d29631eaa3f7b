// What happens to a thousand actors or names in one moment has a hundred lines in the log, and not a thousand.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, expect, it } from "vitest";

const count = 300;
/** The first one of its subject, and a hundred others; one fewer where time is a fraction. */
const isFew = (lines: number): boolean => lines === 100 || lines === 101;

class Thing extends Actor {}
class Faulty extends Actor {
  fail(): never {
    throw new RangeError("always");
  }
}
class Stubborn extends Actor {
  protected override async onStop(): Promise<void> {
    await new Promise<void>((resolve) => this.context.system.runtime.setTimer(60_000, resolve));
  }
}

let world: World;
let a: SimulatedNode;
let b: SimulatedNode;
beforeEach(async () => {
  world = new World({ seed: 7 });
  [a, b] = await world.startAll("a", "b");
  for (const { node } of [a, b]) node.supervisor.declare(Thing, Faulty);
});

/** Whether a node has about a hundred lines at `warn` or `error` about `event`, and says that there are more. */
function told(node: string, event: string): { readonly isFew: boolean; readonly hasMore: boolean } {
  const seen = world.trace.tail(100_000, (line) => new RegExp(`^\\S+ ${node} (?:warn|error) `).test(line));
  const lines = seen.filter((line) => line.includes(` ${event} {`)).length;
  return {
    isFew: isFew(lines),
    hasMore: seen.some((line) => /further (?:events are left out|actors crash)/.test(line)),
  };
}
const few = { isFew: true, hasMore: true };
const names = Array.from({ length: count }, (_, index) => `name-${index}`);

it("[Y21] names that both halves of a cluster have taken", async () => {
  world.partition(["a"], ["b"]);
  await world.until(() => [a, b].every(({ node }) => node.members().length === 1));
  for (const { node } of [a, b]) for (const name of names) node.spawn(Thing, { name });
  world.heal();
  await world.until(() => b.node.registry.owner("name-0")?.nodeId === a.name);
  await world.advance(1_000);
  expect(told("b", "name conflict lost")).toEqual(few);
  expect(told("b", "actor ended abnormally")).toEqual(few);
  expect(b.node.system.size).toBe(0);
});

it("[Y21] singletons that are given up", async () => {
  const all = names.map((name) => a.node.singleton(name, Faulty, { intensity: 0 }));
  await world.settle(Promise.all(all));
  for (const name of names) a.node.actor<Faulty>(name).tell.fail();
  await world.until(() => a.node.supervisor.singletons().every(({ state }) => state !== "wanted"));
  await world.advance(1_000);
  const event = "singleton gave up: it ended too often";
  for (const { name } of [a, b]) expect(told(name, event)).toEqual(few);
});

it("[Y21] one that is given up amid a storm of crashes has its line", async () => {
  class Doomed extends Faulty {}
  await world.settle(a.node.singleton("doomed", Doomed, { intensity: 0 }));
  await world.settle(a.node.singleton("doomed too", Doomed, { intensity: 0 }));
  for (const { node } of [a, b]) for (let at = 0; at < count; at++) node.spawn(Faulty).tell.fail();
  await world.advance(100);
  for (const name of ["doomed", "doomed too"]) a.node.actor<Doomed>(name).tell.fail();
  await world.until(() => a.node.supervisor.singletons().every(({ state }) => state !== "wanted"));
  const given = world.trace.tail(100_000, (line) => line.includes("error singleton gave up"));
  expect(given).toHaveLength(2);
});

it("[X22] actors that do not stop in time", async () => {
  for (let index = 0; index < count; index++) a.node.spawn(Stubborn);
  await world.settle(a.node.stop(500));
  expect(told("a", "actor killed: it did not stop in time")).toEqual(few);
});

it("[Y14] a listener that throws each time it is called", async () => {
  a.node.registry.events.on("registered", function faulty() {
    throw new RangeError("always");
  });
  for (const name of names) a.node.spawn(Thing, { name });
  await world.advance(1_000);
  expect(told("a", "a listener threw")).toEqual(few);
});

it("[Y21] what actors throw after their end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  class Late extends Actor {
    async work(): Promise<void> {
      await promise;
      throw new RangeError("too late");
    }
  }
  const actors = names.map(() => a.node.spawn(Late));
  for (const actor of actors) actor.tell.work();
  await world.advance(100);
  for (const actor of actors) void a.node.system.stopActor(actor, "shutdown", 10);
  await world.advance(100);
  resolve();
  await world.advance(1_000);
  expect(told("a", "an error of an actor that has ended")).toEqual(few);
});
