// Slow: starts whole processes.
import { describe, expect, it } from "vitest";
import { openCluster } from "./support/process-cluster.ts";

const failureOf = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
  promise.then(
    () => Promise.reject(new Error("this should have failed")),
    (error) => error,
  );

describe("a wait that was in vain", () => {
  it("shows what was waited for, the last value, every node, the network and the last events", async () => {
    await using cluster = await openCluster({ seed: 42 });
    const [a, b, c] = await cluster.startAll("a", "b", "c");
    await a.call("register", "probe");
    await cluster.waitUntil("b knows the probe", () => b.call("owner", "probe"));
    for (const node of [a, a, a]) node.call("hang", "probe").catch(() => {});
    await a.call("say", "something went wrong here\n");
    await cluster.waitUntil("that was heard", () => a.stderr.includes("wrong here"));
    await cluster.kill("c");
    await cluster.waitUntil("b misses c", async () => (await b.call("members")).length === 2);
    cluster.path({ delayMs: 25, loss: 0.01 }, "b", "a");
    cluster.partition(["a"], ["b"]);
    cluster.freeze("b");
    const never = cluster.waitUntil("a has seen enough", () => a.call("owner", "nobody"), {
      timeoutMs: 200,
      until: () => false,
    });
    const error = await failureOf(never);
    expect(error.code).toBe("waitTimeout");
    const { message } = error;
    expect(message).toMatch(/^waited 200 ms in vain until a has seen enough; last seen: undefined\nseed 42\n/);
    expect(message).toContain(`a (pid ${a.pid}, running)\n    members [a:up b:up]\n    names [probe@a#0]`);
    expect(message).toMatch(/mailboxes \[probe:2\], 1 actors/);
    expect(message).toContain("stderr: something went wrong here");
    expect(message).toContain(`b (pid ${b.pid}, frozen)`);
    expect(message).toContain(`c (pid ${c.pid}, ended by SIGKILL (kill))`);
    expect(message).toMatch(/a>b blocked, \d+ bytes delivered/);
    expect(message).toMatch(/b>a blocked, .* delayMs=25 loss=0\.01/);
    expect(message).toMatch(/\d+ ms cluster: kill c\n/);
    expect(message).toMatch(/\d+ ms b: info memberDown c dead\n/);
    expect(message).toMatch(/\d+ ms cluster: freeze b$/m);
  });

  it("does not wait for a node that runs and does not answer", async () => {
    await using cluster = await openCluster();
    await cluster.startAll("a", "b");
    void cluster.stall("b", 60_000);
    const diagnosis = await cluster.diagnosis();
    expect(diagnosis).toMatch(/b \(pid \d+, running\) does not answer within 1000 ms/);
    expect(diagnosis).toMatch(/a \(pid \d+, running\)\n {4}members \[a:up b:\w+\]/);
  });

  it("shows what a read threw, and ends at its deadline when a read does not come back", async () => {
    await using cluster = await openCluster();
    const throwing = cluster.waitUntil("it is good", () => Promise.reject(new RangeError("no good")), {
      timeoutMs: 50,
    });
    expect((await failureOf(throwing)).message).toContain("last seen: an error: RangeError: no good\n");
    const hanging = cluster.waitUntil("it comes back", () => new Promise(() => {}), { timeoutMs: 50 });
    expect((await failureOf(hanging)).message).toContain("the first look did not come back");
  });
});

describe("waiting", () => {
  it("gives the first value that is good, after reads that were not or threw", async () => {
    await using cluster = await openCluster();
    const reads = [() => 0, () => Promise.reject(new Error("not yet")), () => 7, () => 8];
    expect(await cluster.waitUntil("it is not nothing", () => reads.shift()?.() ?? 0)).toBe(7);
    expect(reads).toHaveLength(1);
    expect(await cluster.waitUntil("it is nothing", () => 0, { until: (value) => value === 0 })).toBe(0);
  });
});
