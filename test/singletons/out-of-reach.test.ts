// Singletons beside a member that cannot be reached, and is not dead: a third one hears it.
import { Actor } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { expect, it } from "vitest";

class Shop extends Actor {}

it("[Y12] who waits for a singleton is told which member out of reach may run it", async () => {
  const world = new World({ seed: 3 });
  const [a, , c] = await world.startAll("a", "b", "c");
  for (const { node } of world.nodes) node.supervisor.declare(Shop);
  await world.advance(1_000);
  // The third one sees both, so that nobody is dead.
  world.partition(["a"], ["c"]);
  await world.until(() => c.node.membership.member("a")?.status === "suspect");
  const names = Array.from({ length: 20 }, (_, index) => `shop-${index}`);
  await world.settle(Promise.allSettled(names.map((name) => a.node.singleton(name, Shop, { timeoutMs: 60_000 }))));
  const onA = names.find((name) => a.node.registry.owner(name)?.nodeId === "a") as string;
  const failed = await world.settle(c.node.singleton(onA, Shop, { timeoutMs: 500 }).catch((error: unknown) => error));
  expect(failed).toMatchObject({
    code: "singletonPending",
    message: expect.stringMatching(/it should run on one of b, c; no answer from a, which may run it$/),
  });
});
