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
