// Slow: starts whole processes.
import { ProcessCluster, type ProcessClusterOptions } from "@foundation/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { OddProgram } from "./support/odd-program.ts";
import { openCluster, type TestCluster, type TestNode, upCount } from "./support/process-cluster.ts";

const openOdd = (
  behaviour?: string,
  options: Partial<ProcessClusterOptions> = {},
): Promise<ProcessCluster<OddProgram>> =>
  ProcessCluster.open<OddProgram>({
    program: new URL("./support/odd-program.ts", import.meta.url),
    execArgv: ["--conditions=@foundation/source"],
    env: behaviour === undefined ? {} : { BEHAVIOUR: behaviour },
    ...options,
  });

const members = async (node: TestNode): Promise<string> =>
  (await node.call("members")).map(({ nodeId, status }) => `${nodeId}:${status}`).join(" ");

describe("the life of node processes", () => {
  it("start, stop, kill and start again under the same name", async () => {
    await using cluster = await openCluster();
    const [a, b] = await cluster.startAll("a", "b", "c");
    await cluster.stop("c");
    expect(cluster.get("c").state).toMatchObject({ kind: "exited", exitCode: 0, by: "stop" });
    await cluster.waitUntil("c has left", async () => (await members(a)) === "a:up b:up");
    await cluster.kill("b");
    expect(b.state).toMatchObject({ kind: "exited", signal: "SIGKILL", by: "kill" });
    await cluster.waitUntil("b is dead", async () => (await members(a)) === "a:up");
    const again = await cluster.start("b");
    expect(cluster.get("b")).toBe(again);
    expect(again.pid).not.toBe(b.pid);
    await cluster.waitUntil("b is back", async () => (await members(a)) === "a:up b:up");
    expect(await a.call("deaths")).toEqual(["c left", "b dead"]);
  });

  it("freeze holds answers back until thaw", async () => {
    await using cluster = await openCluster();
    const [a, b] = await cluster.startAll("a", "b");
    cluster.freeze("a");
    expect(a.state.kind).toBe("frozen");
    let hasAnswered = false;
    const answer = a.call("members").then(() => {
      hasAnswered = true;
    });
    for (let round = 0; round < 20; round++) await b.call("members");
    expect(hasAnswered).toBe(false);
    cluster.thaw("a");
    await answer;
    expect(a.state.kind).toBe("running");
  });

  it("stall blocks the event loop of one node, and ends with the stall or with the process", async () => {
    await using cluster = await openCluster();
    const [a, b] = await Promise.all([cluster.start("a"), cluster.start("b")]);
    await cluster.stall("a", 50);
    expect(await upCount(a)).toBeGreaterThan(0);
    const stalled = cluster.stall("a", 600_000);
    let hasAnswered = false;
    const asked = a.call("members").then(
      () => (hasAnswered = true),
      (error: { code?: string }) => error.code,
    );
    for (let round = 0; round < 20; round++) await b.call("members");
    expect(hasAnswered).toBe(false);
    await cluster.kill("a");
    await stalled;
    expect(await asked).toBe("notRunning");
  });

  it("calls are typed by the program", async () => {
    await using cluster = await openCluster();
    const a = await cluster.start("a");
    expectTypeOf(a.call("owner", "x")).resolves.toEqualTypeOf<{ nodeId: string; epoch: number } | undefined>();
    // @ts-expect-error: the name is a string
    await expect(a.call("count", 5)).rejects.toMatchObject({ code: "invalidName" });
    // @ts-expect-error: there is no such command
    await expect(a.call("nothing")).rejects.toMatchObject({ code: "unknownCommand" });
  });
});

async function bothNoticeAndLinkAgain(cluster: TestCluster, timeoutMs: number): Promise<void> {
  const nodes = ["a", "b"].map((name) => cluster.get(name));
  await cluster.waitUntil("both miss each other", () => Promise.all(nodes.map((node) => node.call("deaths"))), {
    until: (seen) => seen.join() === "b dead,a dead",
    timeoutMs,
  });
  cluster.heal();
  await cluster.waitUntil("both link again", () => Promise.all(nodes.map(upCount)), {
    until: (counts) => counts.join() === "2,2",
  });
}

describe("faults of the network between node processes", () => {
  it("partition parts the groups and heal joins them", async () => {
    await using cluster = await openCluster();
    const [a, b, c] = await cluster.startAll("a", "b", "c");
    cluster.partition(["a"], ["b", "c"]);
    await cluster.waitUntil("both sides miss each other", () => Promise.all([a, b, c].map(upCount)), {
      until: (counts) => counts.join() === "1,2,2",
    });
    cluster.heal();
    await cluster.waitUntil("all see all", () => Promise.all([a, b, c].map(upCount)), {
      until: (counts) => counts.join() === "3,3,3",
    });
  });

  it("cut breaks the link of two nodes, at once or at a byte, and they link again", async () => {
    await using cluster = await openCluster();
    const [a, b] = await cluster.startAll("a", "b");
    await b.call("register", "probe");
    await cluster.waitUntil("a knows the probe", () => a.call("owner", "probe"));
    const isSuspectOrBack = async (): Promise<boolean> => (await cluster.diagnosis()).includes("link lost");
    cluster.cut("a", "b");
    await cluster.waitUntil("the link was lost", isSuspectOrBack);
    await cluster.waitUntil("both link again", () => Promise.all([a, b].map(upCount)), {
      until: (counts) => counts.join() === "2,2",
    });
    cluster.cut("a", "b", { afterBytes: 500_000 });
    expect(await a.call("send", "probe", 100_000)).toBe(100_000);
    await expect(a.call("send", "probe", 1_000_000)).rejects.toMatchObject({ code: "nodedown" });
    await cluster.waitUntil("the probe is reached again", () => a.call("send", "probe", 1_000_000));
  });

  it("delay holds back one direction and leaves the others alone", async () => {
    await using cluster = await openCluster();
    const [a, b, c] = await cluster.startAll("a", "b", "c");
    await b.call("register", "slow");
    await c.call("register", "quick");
    await cluster.waitUntil("a knows both", async () => (await a.call("owner", "slow")) && a.call("owner", "quick"));
    cluster.delay({ delayMs: 300, jitterMs: 50 }, "a", "b");
    const order: string[] = [];
    await Promise.all(["slow", "quick"].map((name) => a.call("count", name).then(() => order.push(name))));
    expect(order).toEqual(["quick", "slow"]);
  });

  it("[T5] a half-open link is noticed at both ends while its sockets stay open, and a new one made after healing", async () => {
    await using cluster = await openCluster();
    await cluster.startAll("a", "b");
    cluster.halfOpen("a", "b");
    cluster.halfOpen("b", "a");
    // A ping goes unanswered for 2.65 s after at most 0.2 s, and one second more is allowed.
    await bothNoticeAndLinkAgain(cluster, 3_850);
  });

  it("[T5] a link that is half-open in one direction is noticed at both ends, too", async () => {
    const failureDetector = { intervalMs: 100, suspectAfterMs: 400, downAfterMs: 1_000 };
    await using cluster = await openCluster({ nodes: { failureDetector } });
    await cluster.startAll("a", "b");
    cluster.halfOpen("a", "b");
    await bothNoticeAndLinkAgain(cluster, 10_000);
  });

  it("nodes live on while some of what is sent has to be sent again", async () => {
    await using cluster = await openCluster({ seed: 3 });
    const [a, b] = await cluster.startAll("a", "b");
    cluster.path({ loss: 0.05, bytesPerMs: 200 });
    await b.call("register", "probe");
    await cluster.waitUntil("a knows the probe", () => a.call("owner", "probe"));
    expect(await a.call("send", "probe", 30_000)).toBe(30_000);
    expect(await a.call("deaths")).toEqual([]);
  });
});

describe("errors of commands", () => {
  it("come back with name, message and code, and tell where they were thrown", async () => {
    await using cluster = await openOdd();
    const a = await cluster.start("a");
    const error = await a.call("throwCoded").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "RangeError", message: "out of range here", code: "E_RANGE", node: "a" });
    expect((error as { nodeStack: string }).nodeStack).toContain("odd-program.ts");
    await expect(a.call("throwText")).rejects.toMatchObject({ message: "only text" });
  });

  it("say what cannot be copied, in both directions", async () => {
    await using cluster = await openOdd();
    const a = await cluster.start("a");
    await expect(a.call("echo", () => 1)).rejects.toMatchObject({ code: "notTransferable" });
    await expect(a.call("giveFunction")).rejects.toMatchObject({ code: "notTransferable" });
    const value = { map: new Map([[1, new Date(0)]]), big: 2n ** 70n, bytes: new Uint8Array([1, 2]) };
    expect(await a.call("echo", value)).toEqual(value);
  });

  it("end a call whose process ends, is gone, or does not answer", async () => {
    await using cluster = await openOdd(undefined, { callTimeoutMs: 500 });
    const a = await cluster.start("a");
    await a.call("say", "these are my last words\n");
    const ended = await a.call("exit", 9).catch((thrown: unknown) => thrown);
    expect(ended).toMatchObject({ code: "notRunning", message: expect.stringContaining("exited with code 9") });
    expect((ended as Error).message).toContain("these are my last words");
    expect(a.state).toMatchObject({ kind: "exited", exitCode: 9, by: undefined });
    await expect(a.call("echo", 1)).rejects.toMatchObject({ code: "notRunning" });
    const again = await cluster.start("a");
    await expect(again.call("never")).rejects.toMatchObject({ code: "callTimeout" });
    cluster.freeze("a");
    await expect(again.call("echo", 1)).rejects.toMatchObject({ message: expect.stringContaining("frozen") });
    await cluster.kill("a");
    await expect(again.call("echo", 1)).rejects.toMatchObject({ message: expect.stringContaining("SIGKILL (kill)") });
  });
});

describe("wrong use", () => {
  it("names what is wrong and does nothing", async () => {
    await using cluster = await openCluster();
    expect(() => cluster.get("a")).toThrow(expect.objectContaining({ code: "unknownNode" }));
    const starting = cluster.start("a");
    await expect(cluster.start("a")).rejects.toMatchObject({ code: "alreadyRunning" });
    await starting;
    await expect(cluster.start("a")).rejects.toMatchObject({ code: "alreadyRunning" });
    await expect(cluster.start("not/a/name")).rejects.toMatchObject({ code: "invalidOption" });
    for (const use of [
      () => cluster.freeze("x"),
      () => cluster.partition(["a"], ["x"]),
      () => cluster.cut("a", "x"),
      () => cluster.delay({ delayMs: 1 }, "x", "a"),
    ])
      expect(use).toThrow(expect.objectContaining({ code: "unknownNode" }));
    await expect(cluster.stop("x")).rejects.toMatchObject({ code: "unknownNode" });
    expect(() => cluster.path({ loss: 2 })).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(() => cluster.delay({ delayMs: -1 })).toThrow(expect.objectContaining({ code: "invalidOption" }));
    await cluster.kill("a");
    await expect(cluster.kill("a")).rejects.toMatchObject({ code: "notRunning" });
    expect(() => cluster.freeze("a")).toThrow(expect.objectContaining({ code: "notRunning" }));
    await cluster.close();
    await expect(cluster.start("b")).rejects.toMatchObject({ code: "clusterClosed" });
  });

  it.each([
    ["throws when it is loaded", "throws", { code: "startFailed", message: /this program throws when it is loaded/ }],
    ["exits at once", "exits", { code: "startFailed", message: /exited with code 7[\s\S]*has had enough/ }],
    ["never calls serveNode", "neverServes", { code: "startTimeout", message: /serveNode/ }],
    ["has a start that does not come to an end", "neverStarts", { code: "startTimeout", message: /come to an end/ }],
    ["keeps the transport to itself", "ownTransport", { name: "TypeError", message: /no fault of the network/ }],
  ])("a program that %s fails the start and leaves no process", async (_what, behaviour, expected) => {
    await using cluster = await openOdd(behaviour, {
      startTimeoutMs: behaviour.startsWith("never") ? 500 : 20_000,
    });
    const error = await cluster.start("a").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ ...expected, message: expect.stringMatching(expected.message) });
    expect(await cluster.diagnosis()).toMatch(/a \(pid \d+, (exited|ended)/);
  });

  it("a program that prints and sends garbage is a node like any other, and its output is kept in part", async () => {
    await using cluster = await openOdd("babbles");
    const a = await cluster.start("a");
    expect(await a.call("echo", 5)).toBe(5);
    expect(a.stdout).toHaveLength(8_192);
  });

  it("a program that is not there fails the start", async () => {
    await using cluster = await openOdd(undefined, { program: "/nowhere/at/all.ts" });
    await expect(cluster.start("a")).rejects.toMatchObject({ code: "startFailed" });
  });
});
