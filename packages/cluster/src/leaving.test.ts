import { expect, it } from "vitest";
import { MemoryCluster } from "./testing/memory-cluster.ts";

it("[V7] a node that links a leaving one is told at once that it leaves", async () => {
  await using cluster = new MemoryCluster();
  const [a, b] = await cluster.startAll("a", "b");
  await a?.leave();
  const c = await cluster.start("c");
  await expect.poll(() => c.member("a")?.status, { timeout: 10_000 }).toBe("leaving");
  await expect.poll(() => b?.member("a")?.status, { timeout: 10_000 }).toBe("leaving");
  expect(c.self.status).toBe("up");
});
