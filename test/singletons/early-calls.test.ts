// Calls for singletons that other nodes have asked for a moment ago: the first call decides, although its spec is still on its way.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, expect, it } from "vitest";

class Archive extends Actor {
  readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
  maker(): string | undefined {
    return this.text[0];
  }
}
class Ledger extends Actor {
  readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
  entries(): number {
    return this.text.length;
  }
}

let world: World;
let a: SimulatedNode;
let c: SimulatedNode;
beforeEach(async () => {
  world = new World({ seed: 3 });
  [a, , c] = await world.startAll("a", "b", "c");
  for (const { node } of world.nodes) node.supervisor.declare(Archive, Ledger);
  // What `a` and `b` say comes late, so a name may be known at `c` before what it stands for.
  for (const from of ["a", "b"]) world.path({ delayMs: 40, jitterMs: 10 }, from, "c");
});

const names = Array.from({ length: 100 }, (_, index) => `name-${index}`);
const outcomeOf = (called: Promise<unknown>): Promise<string> =>
  called.then(
    () => "there",
    (error: { code: string }) => error.code,
  );

// Specs of up to 4 KiB travel with the word of them, others are asked for.
it.each([1, 10, 100])(
  "[Y9] one that is seen by its name is there for its second caller, too: arguments of %i KB",
  async (kb) => {
    const second: Promise<string>[] = [];
    c.node.registry.events.on("registered", ({ name }) =>
      second.push(outcomeOf(c.node.singleton(name, Archive, { args: ["c".repeat(kb * 1_024)] }))),
    );
    for (const name of names) await world.settle(a.node.singleton(name, Archive, { args: ["a".repeat(kb * 1_024)] }));
    await world.advance(200);
    expect(new Set(await world.settle(Promise.all(second)))).toEqual(new Set(["there"]));
    expect(second).toHaveLength(100);
    const makers = names.map((name) => c.node.actor<Archive>(name).ask.maker());
    expect(new Set(await world.settle(Promise.all(makers)))).toEqual(new Set(["a"]));
  },
);

it.each([1, 10, 100])("[Y9] a second caller with another class is refused: arguments of %i KB", async (kb) => {
  const outcomes: string[] = [];
  for (const name of names) {
    await world.settle(a.node.singleton(name, Archive, { args: ["a".repeat(kb * 1_024)] }));
    const second = c.node.singleton(name, Ledger, { args: ["c".repeat(kb * 1_024)] });
    outcomes.push(await world.settle(outcomeOf(second)));
  }
  expect(new Set(outcomes)).toEqual(new Set(["singletonConflict"]));
});

it("[Y9] one whose spec does not come, because the only node that has it dies, is the second caller's", async () => {
  const [name] = names as [string];
  world.path({ delayMs: 40, jitterMs: 0, bytesPerMs: 10 }, "a", "c");
  world.kill("b");
  await world.until(() => [a, c].every(({ node }) => node.members().length === 2));
  void a.node.singleton(name, Archive, { args: ["a".repeat(100 * 1_024)] }).catch(() => {});
  await world.until(() => c.node.registry.isExpected(name));
  const second = outcomeOf(c.node.singleton(name, Ledger, { args: ["c"] }));
  await world.advance(50);
  expect(c.node.supervisor.singletons()).toEqual([]);
  world.kill("a");
  expect(await world.settle(second)).toBe("there");
  expect(await world.settle(c.node.actor<Ledger>(name).ask.entries())).toBe(1);
});
