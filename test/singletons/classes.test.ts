// Which class a node means by a name.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

/** Two services as a minifier leaves them: classes of one name. */
const Orders = class a extends Actor {
  place(): string {
    return "placed";
  }
};
const Audit = class a extends Actor {
  record(): string {
    return "recorded";
  }
};

/** Two versions of a class that says its name. */
class CartOne extends Actor {
  static actorName = "Cart";
  add(): number {
    return 1;
  }
}
class CartTwo extends Actor {
  static actorName = "Cart";
  add(): number {
    return 2;
  }
  clear(): void {}
}

async function two(
  first: new () => Actor,
  second: new () => Actor,
): Promise<{ world: World; a: SimulatedNode; b: SimulatedNode }> {
  const world = new World({ seed: 9 });
  const [a, b] = [await world.start("a", { actors: [first] }), await world.start("b", { actors: [second] })];
  await world.until(() => [a, b].every(({ node }) => node.members().length === 2));
  await world.advance(100);
  return { world, a, b };
}

const names = Array.from({ length: 12 }, (_, index) => `name-${index}`);

describe("classes of one name on two nodes", () => {
  it("[X9] [H21] with different messages are refused on both, naming both and what to do", async () => {
    const { world, a, b } = await two(Orders, Audit);
    const here =
      /this node hosts "a" with the messages place, and b hosts "a" with the messages record: .*static actorName/;
    const there = /this node hosts "a" with the messages record, and a hosts "a" with the messages place: .*keep-names/;
    const asked = world.settle(a.node.singleton("orders", Orders));
    await expect(asked).rejects.toMatchObject({ code: "classConflict", message: expect.stringMatching(here) });
    await expect(world.settle(b.node.singleton("audit", Audit))).rejects.toThrow(there);
    expect(a.node.supervisor.singletons()).toEqual([]);
    const lines = world.trace.tail(10_000).join("\\n");
    expect(lines).toMatch(/a .*error two classes have one name/);
    expect(lines).toMatch(/b .*error two classes have one name/);
  });

  it("[X9] never run each other's singletons, not even those that were there before", async () => {
    const world = new World({ seed: 9 });
    const a = await world.start("a", { actors: [Orders] });
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, Orders))));
    const b = await world.start("b", { actors: [Audit] });
    await world.until(() => b.node.registry.size === names.length);
    await expect(world.settle(b.node.singleton("name-1", Audit))).rejects.toMatchObject({ code: "classConflict" });
    world.kill("a");
    await world.until(() => b.node.members().length === 1);
    await world.advance(5_000);
    expect(b.node.system.size).toBe(0);
    expect(b.node.registry.size).toBe(0);
  });

  it("[X9] [H21] are versions of one class when both say the same actorName", async () => {
    const { world, a, b } = await two(CartOne, CartTwo);
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, CartOne))));
    await world.settle(Promise.all(names.map((name) => b.node.singleton(name, CartTwo))));
    await world.until(() => a.node.registry.size === names.length && b.node.registry.size === names.length);
    const answers = await world.settle(Promise.all(names.map((name) => a.node.actor<CartOne>(name).ask.add())));
    expect(new Set(answers)).toEqual(new Set([1, 2]));
    for (const name of names)
      expect(a.node.supervisor.singletons().find((spec) => spec.name === name)?.className).toBe("Cart");
  });

  it("[X9] a subclass does not inherit the name, and two classes of one actorName on one node are refused", async () => {
    const { a } = await two(CartOne, CartTwo);
    class Basket extends CartOne {}
    a.node.supervisor.declare(Basket);
    expect(() => a.node.supervisor.declare(CartTwo)).toThrow(/two classes are named "Cart"/);
  });
});
