import type { PeerCandidate } from "@foundation/discovery";
import { describe, expect, it } from "vitest";
import { SeededRandom, SimulatedRuntime, VirtualTime } from "../index.ts";
import { type DiscoveryMode, SimulatedDirectory } from "./simulated-directory.ts";

const announcedOf = (nodeId: string, port: number) => ({
  cluster: "world",
  nodeId,
  incarnation: 1,
  host: nodeId,
  port,
});

/** A directory in which a and b have announced themselves, and how it answers a in `mode`. */
async function asked(mode: DiscoveryMode) {
  const time = new VirtualTime();
  const runtime = new SimulatedRuntime(time, new SeededRandom(1, "directory"), () => {});
  const directory = new SimulatedDirectory();
  const [a, b] = [directory.strategy("a", runtime), directory.strategy("b", runtime)];
  await a.announce(announcedOf("a", 1));
  await b.announce(announcedOf("b", 2));
  directory.setMode("a", mode);
  return { time, runtime, directory, a, b };
}

const right: readonly PeerCandidate[] = [
  { nodeId: "a", host: "a", port: 1 },
  { nodeId: "b", host: "b", port: 2 },
];

describe("[V2] a directory of a world", () => {
  it("right: answers all that announced themselves and have not withdrawn, the answer of one asker only", async () => {
    const { a, b } = await asked("right");
    expect(await a.discover()).toEqual(right);
    await b.withdraw();
    expect(await a.discover()).toEqual(right.slice(0, 1));
  });

  it("empty and failing: what broken directories do, until it is right again, and to nobody else", async () => {
    for (const mode of ["empty", "failing"] as const) {
      const { a, b, directory } = await asked(mode);
      if (mode === "empty") expect(await a.discover()).toEqual([]);
      else await expect(a.discover()).rejects.toThrow("out of order");
      expect(await b.discover()).toEqual(right);
      directory.setRight();
      expect(await a.discover()).toEqual(right);
    }
  });

  it("slow: answers after 30 s, with what was known when it was asked; withdrawing gives the question up", async () => {
    const { a, time, runtime } = await asked("slow");
    let answer: readonly PeerCandidate[] | undefined;
    void a.discover().then((all) => {
      answer = all;
    });
    await time.advance(29_999);
    expect(answer).toBeUndefined();
    await time.advance(1);
    expect(answer).toEqual(right);
    const given = a.discover();
    await a.withdraw();
    expect(await given).toEqual(right);
    expect(runtime.timers).toBe(0);
  });

  it("repeating: answers each record again and again, in another order, and under a second name", async () => {
    const { a } = await asked("repeating");
    const all = await a.discover();
    for (const { host, port } of right) {
      expect(all.filter((each) => each.host === host && each.port === port)).toHaveLength(2);
      expect(all.filter((each) => each.host === `alias.${host}` && each.port === port)).toHaveLength(2);
    }
    expect(all).toHaveLength(8);
    const named = all.filter(({ host }) => !host.startsWith("alias.")).map(({ host }) => host);
    expect(named).toEqual(["a", "b", "b", "a"]);
  });
});
