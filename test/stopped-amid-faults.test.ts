import { World } from "@foundation/testkit";
import { expect, it } from "vitest";

it("[Y16] a node that stops while links break and peers are silent leaves no timer, at any moment", async () => {
  const left: string[] = [];
  for (let seed = 1; seed <= 60; seed++) {
    const world = new World({ seed });
    const random = world.random("faults");
    world.path({ delayMs: 1, jitterMs: 20, loss: 0.2 });
    const [a] = await world.startAll("a", "b", "c");
    world.kill("c");
    world.cut("a", "b");
    await world.advance(random.between(0, 200));
    // A process that answers nobody, and whose machine takes no connections.
    if (random.chance(0.5)) world.freeze("b");
    else world.blockOneWay("a", "b");
    await world.advance(random.between(0, 3_500));
    await world.settle(a.node.stop(100));
    if (a.runtime.timers > 0) left.push(`seed ${seed}: ${a.runtime.timers} timers`);
  }
  expect(left).toEqual([]);
});
