import { World } from "@foundation/testkit";
import { expect, it } from "vitest";

it("a peer whose link broke and whose address does not answer is dead at the deadline, not when the dial gives up", async () => {
  const world = new World({ seed: 1 });
  const [a] = await world.startAll("a", "b");
  world.partition(["a"], ["b"]);
  world.cut("a", "b");
  const cutAt = world.time.now;
  await world.until(() => a?.node.members().length === 1, 10_000);
  // The default `downAfterMs` is 2 650; a dial may hang for 5 000.
  expect(world.time.now - cutAt).toBeGreaterThanOrEqual(2_650);
  expect(world.time.now - cutAt).toBeLessThan(3_000);
});

it("[T5] a link on which nothing travels any more is noticed within ping interval, time to the verdict and a second", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World({ seed });
    await world.startAll("a", "b");
    await world.advance(world.random("pause").integer(0, 5_000));
    world.partition(["a"], ["b"]);
    const isAlone = (name: string): boolean => world.get(name).node.members().length === 1;
    await world.until(() => isAlone("a") && isAlone("b"), 200 + 2_650 + 1_000);
  }
});
