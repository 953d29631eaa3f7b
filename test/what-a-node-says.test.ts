import { Actor } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

/** What a node of the world has logged from level `info` on, since `from`: `event` and the fields that are asked for. */
function said(world: World, node: string, ...fields: string[]): string[] {
  return world.trace
    .tail(1_000)
    .map((line) => /^\S+ (\S+) (info|warn|error) (.*?) (\{.*\})$/.exec(line))
    .filter((line) => line?.[1] === node)
    .map((line) => {
      const values = JSON.parse(line?.[4] ?? "{}") as Record<string, unknown>;
      return [
        `${line?.[2]} ${line?.[3]}`,
        ...fields.map((field) => values[field]).filter((value) => value !== undefined),
      ].join(" | ");
    });
}

describe("what a node says of its cluster at the default level", () => {
  it("[Y21] members that join, are killed, come back and leave: one line each on every node, with the reason", async () => {
    const world = new World({ seed: 4 });
    const [, b] = await world.startAll("a", "b");
    expect(said(world, "a", "member", "members").slice(-1)).toEqual(["info member joined | b | 2"]);
    expect(said(world, "b", "members", "with").slice(-1)).toEqual(["info node started | 2 | a"]);
    await world.start("c");
    world.kill("c");
    await world.advance(5_000);
    await world.start("c");
    await world.advance(1_000);
    await world.settle(b?.node.stop() as Promise<void>);
    await world.advance(1_000);
    const broke = "its connection broke, and a new one cannot be made";
    const found = expect.stringMatching(
      /^warn member died \| c \| 2 \| (its connection broke, and a new one cannot be made|it does not answer here either, and [ab] has found it dead)$/,
    );
    expect(said(world, "a", "member", "members", "why").slice(-5)).toEqual([
      "info member joined | b | 2",
      "info member joined | c | 3",
      found,
      "info member joined | c | 3",
      "info member left | b | 2",
    ]);
    expect([...said(world, "a", "why"), ...said(world, "b", "why")].join()).toContain(broke);
    expect(said(world, "b", "member", "members", "why").slice(-4)).toEqual([
      "info member joined | c | 3",
      found,
      "info member joined | c | 3",
      "info node stopped",
    ]);
  });

  it("[Y21] a member that is frozen dies for its silence; one that stalls for a while answers again", async () => {
    const world = new World({ seed: 5 });
    await world.startAll("a", "b");
    world.freeze("b");
    await world.advance(1_500);
    world.thaw("b");
    await world.advance(1_000);
    world.freeze("b");
    await world.advance(10_000);
    const lines = said(world, "a", "member", "why", "afterMs").slice(-2);
    expect(lines[0]).toMatch(/^info member answers again \| b \| \d+$/);
    expect(lines[1]).toBe("warn member died | b | it has not answered for 2650 ms");
    world.thaw("b");
    await world.advance(10_000);
  });

  it("[Y10] nothing of being among its own seeds, which are the same for all nodes", async () => {
    const world = new World({ seed: 7 });
    const seeds = ["a:7400", "b:7400"];
    await world.start("a", { port: 7400, seeds });
    await world.start("b", { port: 7400, seeds });
    await world.advance(120_000);
    expect(said(world, "b", "members").at(-1)).toBe("info node started | 2");
    for (const node of ["a", "b"]) expect(said(world, node)).not.toContain("warn connection refused");
  });

  it("[Y18] a seed where nothing listens: warned of after three seconds, then once a minute", async () => {
    const world = new World({ seed: 6 });
    await world.start("a", { seeds: ["nowhere:7400"] });
    const warnings = (): string[] =>
      said(world, "a", "address", "code").filter((line) => line.startsWith("warn cannot"));
    expect(warnings()).toEqual([]);
    await world.advance(30_000);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toMatch(/^warn cannot link a peer \| nowhere:7400 \| (connectionRefused|unreachable)$/);
    await world.advance(150_000);
    expect(warnings()).toHaveLength(3);
  });

  it("[Y18] a seed that never answers: no copy is missing where no member is, and the address is warned of", async () => {
    const world = new World({ seed: 6 });
    await world.start("a", { port: 7400 });
    world.blockOneWay("a", "b");
    await world.start("b", { seeds: ["a:7400"], cluster: "none" });
    await world.advance(10_000);
    const lines = said(world, "b", "missing", "address", "code");
    expect(lines.filter((line) => line.includes("started while peers are still looked for"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("without all"))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("warn cannot"))).toEqual([
      "warn cannot link a peer | a:7400 | timeout",
    ]);
  });

  it("[Y21] singletons that start here, and why here: new, after a crash, after its node died, after its node left", async () => {
    class Ledger extends Actor {
      fail(): never {
        throw new RangeError("no such account");
      }
    }
    const world = new World({ seed: 7 });
    const nodes = await world.startAll("a", "b", "c");
    await world.settle(Promise.all(nodes.map(({ node }) => node.singleton("ledger", Ledger))));
    const host = (): string =>
      nodes[0].node.registry.owner("ledger")?.nodeId ?? nodes[1].node.registry.owner("ledger")?.nodeId ?? "";
    const starts = (node: string): string[] =>
      said(world, node, "name", "why").filter((line) => line.includes("singleton started"));
    const [first, second] = [host(), nodes.find(({ name }) => name !== host())?.name as string];
    expect(starts(first)).toEqual(["info singleton started | ledger | it is new, and placement chose this node"]);
    await world.settle(
      world
        .get(second)
        .node.actor<Ledger>("ledger")
        .ask.fail()
        .catch(() => {}),
    );
    await world.advance(1_000);
    expect(starts(first)[1]).toBe(
      "info singleton started | ledger | it ended here, and placement chose this node again",
    );
    expect(said(world, first, "name", "class", "in").filter((line) => line.startsWith("error"))).toEqual([
      "error singleton ended | ledger | Ledger | fail",
    ]);
    world.kill(first);
    await world.advance(2_000);
    const next = world.get(second).node.registry.owner("ledger")?.nodeId as string;
    expect(starts(next)).toEqual([`info singleton started | ledger | ${first}, where it ran, died`]);
    await world.stop(next);
    await world.advance(2_000);
    const [last] = world.nodes;
    expect(starts(last?.name ?? "")).toEqual([`info singleton started | ledger | ${next}, where it ran, leaves`]);
  });

  it("[Y21] many singletons that start at once have twenty lines, and one that counts the others", async () => {
    class Shard extends Actor {}
    const world = new World({ seed: 8 });
    const { node } = await world.start("a");
    await world.settle(Promise.all(Array.from({ length: 100 }, (_, index) => node.singleton(`shard ${index}`, Shard))));
    await world.advance(2_000);
    const lines = said(world, "a", "count").filter((line) => line.includes("singleton"));
    expect(lines.filter((line) => line === "info singleton started")).toHaveLength(20);
    expect(lines.at(-1)).toBe("info further singletons started | 80");
  });

  it("[Y22] a message to a misspelt name: a warning that names the sender and the name that was meant", async () => {
    class Ledger extends Actor {
      add(): void {}
    }
    const world = new World({ seed: 9 });
    const [a, b] = await world.startAll("a", "b");
    await world.settle(a.node.singleton("ledger", Ledger));
    await world.until(() => b.node.registry.owner("ledger") !== undefined);
    class Teller extends Actor {
      pay(): void {
        b.node.actor<Ledger>("legder").tell.add();
      }
    }
    const teller = b.node.spawn(Teller);
    for (let i = 0; i < 10; i++) teller.tell.pay();
    b.node.send("nothing like it", "hello");
    await world.advance(10_000);
    expect(
      said(world, "b", "to", "method", "from", "why", "advice").filter((line) => line.includes("reached")),
    ).toEqual([
      "warn message reached nobody | name:nothing like it | receive | no such actor lives | register an actor under this name, or check how it is written",
      'warn message reached nobody | name:legder | add | Teller | no such actor lives | did you mean "ledger"?',
    ]);
  });
});
