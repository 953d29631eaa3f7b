// Slow: starts whole processes.
import { ProcessCluster } from "@foundation/testkit";
import { expect, it } from "vitest";
import type { program } from "./counter-node.ts";

it("counts on another node when the counter's node is killed, and parts and joins", async () => {
  await using cluster = await ProcessCluster.open<typeof program>({
    program: new URL("./counter-node.ts", import.meta.url),
    // Only inside this project, to run its packages without building them.
    execArgv: ["--conditions=@foundation/source"],
  });
  const nodes = await cluster.startAll("a", "b", "c");
  for (const node of nodes) await node.call("begin");
  const { node: host } = await nodes[0].call("increment");

  await cluster.kill(host);
  const survivors = nodes.filter(({ name }) => name !== host);
  const peers = (): Promise<number[]> => Promise.all(survivors.map((node) => node.call("peers")));
  // Until they have noticed, an ask may still go to the dead process, and fail with it.
  await cluster.waitUntil("they miss the host", peers, { until: (counts) => counts.every((count) => count === 2) });
  for (const node of survivors) expect((await node.call("increment")).node).not.toBe(host);

  cluster.partition(...survivors.map(({ name }) => [name]));
  await cluster.waitUntil("they miss each other", peers, { until: (counts) => counts.every((count) => count === 1) });
  cluster.heal();
  await cluster.waitUntil("they are together again", peers, {
    until: (counts) => counts.every((count) => count === 2),
  });
});
