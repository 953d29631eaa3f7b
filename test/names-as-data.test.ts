// Text from outside is data: no name may be a key of a plain object, where some have a meaning of their own.
import { Actor } from "@foundation/runtime";
import { HashPlacement } from "@foundation/supervision";
import { World } from "@foundation/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const awkward = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "isPrototypeOf",
  "prototype",
  "then",
];

class Greeter extends Actor {
  greet(): string {
    return this.context.system.name;
  }
}

/** What every object of the process inherits. */
const inherited = (): string =>
  JSON.stringify(
    Reflect.ownKeys(Object.prototype).map((key) => [String(key), typeof Reflect.get(Object.prototype, key)]),
  );

let before: string;
beforeEach(() => {
  before = inherited();
});
afterEach(() => {
  expect(inherited()).toBe(before);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

describe("a name that nobody has", () => {
  it("[Y22] is refused with the name that was probably meant, when there are not too many to compare", async () => {
    const world = new World({ seed: 4 });
    const { node } = await world.start("a");
    const error = (name: string): Promise<string> =>
      world.settle(
        node
          .actor<Greeter>(name)
          .ask.greet()
          .then(String, (reason: Error) => reason.message),
      );
    node.spawn(Greeter, { name: "jobs" });
    expect(await error("jbos")).toBe('nothing is registered as "jbos"; did you mean "jobs"?');
    expect(await error("orders")).toBe(
      'nothing is registered as "orders", and this node is alone in its cluster "world"',
    );
    for (let index = 0; index < 200; index++) node.spawn(Greeter, { name: `worker ${index}` });
    expect(await error("jbos")).toBe('nothing is registered as "jbos", and this node is alone in its cluster "world"');
    const { node: other } = await world.start("b");
    await world.settle(other.ready({ size: 2 }));
    expect(await error("orders")).toBe('nothing is registered as "orders"');
    await world.stop("b");
    await world.stop("a");
  });

  it.each([
    [5, "5"],
    [undefined, "undefined"],
    [{ name: "jobs" }, "an object"],
    ["", '""'],
    ["a\nb", '"a\\nb"'],
  ])("[Y20] %o is no name, and the error shows it as what it is", async (name, shown) => {
    const world = new World({ seed: 5 });
    const { node } = await world.start("a");
    expect(() => node.actor(name as string)).toThrow(
      `${shown} is no name: a string of 1 to 255 bytes without control characters`,
    );
    await world.stop("a");
  });
});

describe("names that plain objects have a meaning for", () => {
  it("[Y2] singletons of such names run, are found by all nodes and move when a node is killed", async () => {
    const world = new World({ seed: 2 });
    const nodes = await world.startAll("a", "b", "c");
    await world.settle(Promise.all(nodes.flatMap(({ node }) => awkward.map((name) => node.singleton(name, Greeter)))));
    await world.until(() => nodes.every(({ node }) => node.registry.size === awkward.length));
    const lost = nodes.find(({ node }) => node.system.size > 0)?.name as string;
    world.kill(lost);
    await world.until(() =>
      world.nodes.every(({ node }) => [...node.registry.owners()].every((o) => o.nodeId !== lost)),
    );
    await world.until(() => world.nodes.every(({ node }) => node.registry.size === awkward.length));
    for (const { node } of world.nodes)
      for (const name of awkward)
        expect(await world.settle(node.actor<Greeter>(name).ask.greet())).toBe(node.registry.owner(name)?.nodeId);
    expect(await world.settle(world.nodes[0]?.node.supervisor.remove("__proto__") as Promise<boolean>)).toBe(true);
  });

  it("[Y2] nodes of such names link, host and count what their channels carry", async () => {
    const world = new World({ seed: 3 });
    const channels = ["control", "events", "data", "gossip", "telemetry", "__proto__", "constructor"].map(
      (name, priority) => ({
        name,
        priority,
      }),
    );
    for (const name of ["__proto__", "constructor", "plain"]) await world.start(name, { actors: [Greeter], channels });
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3));
    const [first] = world.nodes;
    const names = Array.from({ length: 60 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => first?.node.singleton(name, Greeter))));
    await world.until(() => world.nodes.every(({ node }) => node.registry.size === names.length));
    for (const { node } of world.nodes) expect(node.system.size).toBeGreaterThan(0);
    first?.node.actor<Greeter>("name-1").with({ channel: "__proto__" }).tell.greet();
    expect(Object.keys(first?.node.transport.stats().channels ?? {})).toEqual(
      expect.arrayContaining(["__proto__", "constructor"]),
    );
  });

  it("[Y2] placement gives each such name and each such node its share", () => {
    const nodes = ["__proto__", "constructor", "plain"];
    const placement = new HashPlacement(nodes);
    for (const name of awkward) expect(nodes).toContain(placement.choose(name));
    const placed = Array.from({ length: 900 }, (_, index) => placement.choose(`name-${index}`));
    for (const node of nodes) expect(placed.filter((each) => each === node).length).toBeGreaterThan(150);
    expect(new HashPlacement(["alone"]).choose("__proto__")).toBe("alone");
  });
});
