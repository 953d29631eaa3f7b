// What removes singletons, from any node, and what callers may rely on right after a singleton is there.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { ScriptedMember } from "./scripted-member.ts";
import { startAll } from "./start-all.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

let world: World;
beforeEach(() => {
  world = new World({ seed: 5 });
});

const three = async (actor: new () => Actor): Promise<[SimulatedNode, SimulatedNode, SimulatedNode]> =>
  (await startAll(world, ["a", "b", "c"], [actor])) as [SimulatedNode, SimulatedNode, SimulatedNode];

const outcomeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "reached",
    (error: { code: string }) => error.code,
  );
const thousand = Array.from({ length: 1_000 }, (_, index) => `name-${index}`);
const tally = (values: readonly unknown[]): Record<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return Object.fromEntries(counts);
};

/** What `name` is told comes late: it hears of starts after those have answered that know of them. */
function slowTo(name: string): void {
  for (const { name: from } of world.nodes) if (from !== name) world.path({ delayMs: 40, jitterMs: 10 }, from, name);
}

describe("a singleton that is there", () => {
  it("[Y9] is reached by name from every linked member as soon as its maker knows: 1,000 of them, one by one", async () => {
    const [a, , c] = await three(Thing);
    slowTo("c");
    const asks = thousand.map(async (name) => {
      await a.node.singleton(name, Thing);
      return c.node
        .actor<Thing>(name)
        .ask.where()
        .then(
          () => "reached",
          (error: { code: string }) => error.code,
        );
    });
    expect(tally(await world.settle(Promise.all(asks)))).toEqual({ reached: 1_000 });
  });

  it("[Y9] is reached by all of them again as soon as it is there again after a removal", async () => {
    const [a, , c] = await three(Thing);
    slowTo("c");
    const asks = thousand.map(async (name) => {
      await a.node.singleton(name, Thing);
      await a.node.supervisor.remove(name);
      await a.node.singleton(name, Thing);
      return outcomeOf(c.node.actor<Thing>(name).ask.where());
    });
    expect(tally(await world.settle(Promise.all(asks)))).toEqual({ reached: 1_000 });
  });

  it("[Y9] of which only the starter has told is expected until that is gone", async () => {
    const [c] = await startAll(world, ["c"], [Thing]);
    const { node } = c as SimulatedNode;
    const b = await ScriptedMember.start(world, "b");
    b.ask("c", 1, "lost");
    await world.until(() => b.wants().includes("lost"));
    const asked = outcomeOf(node.actor<Thing>("lost").ask.where());
    await world.settle(b.cluster.stop());
    expect(await world.settle(asked)).toBe("noproc");
    expect(node.registry.isExpected("lost")).toBe(false);
  });
});

describe("a removal", () => {
  it("[Y9] [Y13] is that of a singleton of which this node has not heard yet: 1,000 of them", async () => {
    const [a, , c] = await three(Thing);
    slowTo("c");
    const ends = thousand.map(async (name) => {
      await a.node.singleton(name, Thing);
      return c.node.supervisor.remove(name);
    });
    expect(tally(await world.settle(Promise.all(ends)))).toEqual({ true: 1_000 });
    await world.advance(5_000);
    expect(world.nodes.map(({ node }) => node.system.size)).toEqual([0, 0, 0]);
  });

  it.each([0, 400])(
    "[Y9] [Y13] on three nodes at once is that of each of them, when onStop takes %i ms",
    async (stopMs) => {
      let living = 0;
      class Slow extends Actor {
        protected override onStart(): void {
          living++;
        }
        protected override async onStop(): Promise<void> {
          await new Promise<void>((resolve) => this.context.system.runtime.setTimer(stopMs, resolve));
          living--;
        }
      }
      const nodes = await three(Slow);
      slowTo("c");
      let alive = 0;
      const ends = thousand.slice(0, 300).map(async (name) => {
        await nodes[0].node.singleton(name, Slow);
        const removals = nodes.map(async ({ node }) => {
          const was = await node.supervisor.remove(name);
          if (node.registry.owner(name) !== undefined) alive++;
          return was;
        });
        return Promise.all(removals);
      });
      expect(tally((await world.settle(Promise.all(ends))).flat())).toEqual({ true: 900 });
      expect([living, alive]).toEqual([0, 0]);
      await world.advance(5_000);
      expect(living).toBe(0);
    },
  );

  it("[Y13] of one that another caller removes waits for its end, also on a node that has never seen it run", async () => {
    const stopped: string[] = [];
    class Slow extends Actor {
      protected override async onStop(): Promise<void> {
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(400, resolve));
        stopped.push(this.context.system.name);
      }
    }
    const [a, b, c] = await three(Slow);
    await world.settle(a.node.singleton("slow", Slow));
    await world.until(() => c.node.registry.owner("slow") !== undefined);
    const first = a.node.supervisor.remove("slow");
    await world.advance(200);
    for (const { node } of [b, c]) {
      expect(node.supervisor.singletons()).toEqual([]);
      expect(await world.settle(node.supervisor.remove("slow"))).toBe(true);
      expect(stopped).toHaveLength(1);
    }
    expect(await world.settle(first)).toBe(true);
    expect(await world.settle(c.node.supervisor.remove("slow"))).toBe(false);
  });

  it("[Y9] reaches one whose maker has died before this node heard of it", async () => {
    const [a, b, c] = await three(Thing);
    slowTo("c");
    const names = thousand.slice(0, 60);
    for (const name of names) void a.node.singleton(name, Thing).catch(() => {});
    const ran = (): string[] => names.filter((name) => a.node.registry.owner(name)?.nodeId === "b");
    await world.until(() => ran().length > 5);
    const unknown = ran();
    expect(c.node.supervisor.singletons()).toEqual([]);
    world.kill("a");
    const ends = await world.settle(Promise.all(unknown.map((name) => c.node.supervisor.remove(name))));
    expect(tally(ends)).toEqual({ true: unknown.length });
    await world.until(() => b.node.members().length === 2);
    await world.advance(5_000);
    const left = [b, c].flatMap(({ node }) => [...node.registry.owners()].map(({ name }) => name));
    expect(unknown.filter((name) => left.includes(name))).toEqual([]);
  });

  it("[Y13] does not end what is asked for after it, although a member is slow to answer", async () => {
    const [a, b, c] = await three(Thing);
    slowTo("c");
    for (let round = 0; round < 20; round++) {
      await world.settle(a.node.singleton("again", Thing));
      const removals = [a, b, c].map(({ node }) => node.supervisor.remove("again"));
      await world.settle(Promise.all(removals));
    }
    await world.settle(a.node.singleton("again", Thing));
    await world.advance(5_000);
    const epochs = world.nodes.map(({ node }) => node.registry.owner("again")?.epoch);
    expect(epochs).toEqual([21, 21, 21]);
  });

  it("[Y13] of 4,000 in one turn costs a question and an answer for each 220 of them, and each member", async () => {
    const [a] = await three(Thing);
    const names = Array.from({ length: 4_000 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, Thing))));
    await world.advance(1_000);
    const sent = (): number =>
      world.nodes.reduce((sum, { node }) => sum + (node.transport.stats().channels.control?.messagesOut ?? 0), 0);
    const before = sent();
    expect(tally(await world.settle(Promise.all(names.map((name) => a.node.supervisor.remove(name)))))).toEqual({
      true: 4_000,
    });
    // Questions and answers of two members; and from three nodes to two each: ends, freed names, and heartbeats.
    const questions = Math.ceil(4_000 / 220);
    expect(sent() - before).toBeLessThan(4 * questions + 6 * (4_000 / 500 + 10));
  });
});

describe("a removal while a member is silent", () => {
  it("[Y9] goes on after a second where those that answer can tell", async () => {
    const [a, , c] = await three(Thing);
    const names = thousand.slice(0, 20);
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, Thing))));
    await world.until(() => names.every((name) => c.node.registry.owner(name) !== undefined));
    const [there, onSilent] = ["a", "b"].map((host) =>
      names.find((name) => c.node.registry.owner(name)?.nodeId === host),
    );
    world.freeze("b");
    const since = world.time.now;
    expect(await world.settle(c.node.supervisor.remove(there as string))).toBe(true);
    expect(await world.settle(c.node.supervisor.remove("never there"))).toBe(false);
    expect(world.time.now - since).toBeLessThan(2_100);
    const waited = world.settle(c.node.supervisor.remove(onSilent as string, { timeoutMs: 500 }));
    await expect(waited).rejects.toMatchObject({
      code: "singletonPending",
      message: expect.stringContaining("no answer from b, which may run it"),
    });
    world.thaw("b");
    await world.until(() => world.nodes.every(({ node }) => node.registry.owner(onSilent as string) === undefined));
  });

  it("[Y9] says that it cannot tell where too few answer, and can when the verdict has come", async () => {
    const [a] = (await startAll(world, ["a", "b"], [Thing])) as [SimulatedNode];
    world.freeze("b");
    const remove = (timeoutMs: number): Promise<boolean> =>
      world.settle(a.node.supervisor.remove("never there", { timeoutMs }));
    const pending = {
      code: "singletonPending",
      message: expect.stringContaining("no answer from b, which may run it"),
    };
    await expect(remove(1_500)).rejects.toMatchObject(pending);
    expect(await remove(60_000)).toBe(false);
    expect(a.node.members()).toHaveLength(1);
  });

  it("[Y13] does not wait for a member that was merely allowed to start it", async () => {
    const [n] = (await startAll(world, ["n"], [Thing])) as [SimulatedNode];
    const p = await ScriptedMember.start(world, "p");
    void n.node.singleton("x", Thing).catch(() => {});
    await world.until(() => p.wasAsked("x"));
    p.ask("n", 7, "x");
    await world.until(() => p.answered(7) !== undefined);
    const since = world.time.now;
    expect(await world.settle(n.node.supervisor.remove("x"))).toBe(true);
    expect(world.time.now - since).toBeLessThan(1_000);
  });

  it("[Y13] asks a member anew whose link was replaced, and waits for its word that what it ran has ended", async () => {
    const [n] = (await startAll(world, ["n"], [Thing])) as [SimulatedNode];
    const p = await ScriptedMember.start(world, "p");
    const asked: string[] = [];
    p.knows = (names) => {
      asked.push(...names);
      return { known: [], hosted: names.map((_, at) => [at, 3] as const) };
    };
    const removed = n.node.supervisor.remove("x", { timeoutMs: 60_000 });
    let isOver = false;
    removed.then(() => (isOver = true));
    await world.until(() => asked.length === 1);
    world.cut("n", "p");
    await world.until(() => asked.length === 2);
    await world.advance(3_000);
    expect(isOver).toBe(false);
    p.say("n", { ended: [["x"]] });
    expect(await world.settle(removed)).toBe(true);
    expect(asked).toEqual(["x", "x"]);
  });
});

describe("a singleton that waits for what waits for it", () => {
  /** Runs `act` in a handler, or in `onStart`, of the singleton "self" on node a. */
  class Self extends Actor {
    static inStart: (() => Promise<unknown>) | undefined;
    static act: () => Promise<unknown> = async () => {};
    static readonly ended: string[] = [];
    protected override async onStart(): Promise<void> {
      await Self.inStart?.();
    }
    async wait(): Promise<string> {
      return Self.act().then(String, (error: { code: string }) => error.code);
    }
    protected override onStop(): void {
      Self.ended.push("onStop");
    }
  }
  beforeEach(() => {
    Self.inStart = undefined;
    Self.ended.length = 0;
  });

  it("[X17] for its own removal is refused at once, and is removed in order", async () => {
    const [a] = (await startAll(world, ["a"], [Self])) as [SimulatedNode];
    await world.settle(a.node.singleton("self", Self));
    Self.act = () => a.node.supervisor.remove("self");
    const since = world.time.now;
    expect(await world.settle(a.node.actor<Self>("self").ask.wait())).toBe("askSelf");
    await world.until(() => a.node.registry.size === 0 && a.node.system.size === 0, 1_000);
    expect([Self.ended, world.time.now - since < 1_000]).toEqual([["onStop"], true]);
    expect(a.node.supervisor.singletons()).toEqual([]);
  });

  it("[X17] for its own removal in onStart is refused at once, and is removed", async () => {
    const [a] = (await startAll(world, ["a"], [Self])) as [SimulatedNode];
    const codes: string[] = [];
    Self.inStart = () => a.node.supervisor.remove("self").catch(({ code }) => codes.push(code));
    const since = world.time.now;
    await expect(world.settle(a.node.singleton("self", Self))).rejects.toMatchObject({ code: "singletonFailed" });
    await world.until(() => a.node.system.size === 0, 1_000);
    expect([codes, world.time.now - since < 1_000]).toEqual([["askSelf"], true]);
  });

  it("[X17] for its own start in onStart is refused at once; once it has started, it is there", async () => {
    const [a] = (await startAll(world, ["a"], [Self])) as [SimulatedNode];
    const codes: string[] = [];
    Self.inStart = () => a.node.singleton("self", Self).catch(({ code }) => codes.push(code));
    const since = world.time.now;
    await world.settle(a.node.singleton("self", Self));
    expect([codes, world.time.now - since < 1_000]).toEqual([["askSelf"], true]);
    Self.act = async () => (await a.node.singleton("self", Self)).recipient.label;
    expect(await world.settle(a.node.actor<Self>("self").ask.wait())).toBe("name:self");
  });

  it("[X17] may wait for the removal of another one", async () => {
    const [a] = (await startAll(world, ["a"], [Self, Thing])) as [SimulatedNode];
    await world.settle(Promise.all([a.node.singleton("self", Self), a.node.singleton("other", Thing)]));
    Self.act = () => a.node.supervisor.remove("other");
    expect(await world.settle(a.node.actor<Self>("self").ask.wait())).toBe("true");
  });
});

describe("the name of a singleton", () => {
  it("[Y13] is not given back: the singleton would run on without it", async () => {
    const nodes = (await startAll(world, ["a", "b"], [Thing])) as [SimulatedNode, SimulatedNode];
    await world.settle(nodes[0].node.singleton("x", Thing));
    await world.until(() => nodes.every(({ node }) => node.registry.owner("x") !== undefined));
    const host = nodes[0].node.registry.owner("x")?.nodeId as string;
    for (const { name, node } of nodes) {
      if (name !== host) expect(node.registry.unregister("x")).toBe(false);
      else expect(() => node.registry.unregister("x")).toThrow(expect.objectContaining({ code: "reservedName" }));
    }
    expect(await world.settle(nodes[0].node.actor<Thing>("x").ask.where())).toBe(host);
    expect(await world.settle(nodes[1].node.supervisor.remove("x"))).toBe(true);
  });

  it("[Y13] is not taken by an ordinary actor while the singleton is elsewhere, or nowhere", async () => {
    const [a, b] = (await startAll(world, ["a", "b"], [Thing])) as [SimulatedNode, SimulatedNode];
    void a.node.singleton("x", Thing).catch(() => {});
    await world.until(() => [a, b].every(({ node }) => node.registry.owner("x") !== undefined));
    for (const { node } of [a, b])
      expect(() => node.spawn(Thing, { name: "x" })).toThrow(expect.objectContaining({ code: "alreadyRegistered" }));
    await world.settle(
      a.node
        .singleton(
          "stuck",
          class Stuck extends Actor {
            protected override onStart(): Promise<void> {
              return new Promise(() => {});
            }
          },
          { timeoutMs: 100 },
        )
        .catch(() => {}) as Promise<unknown>,
    );
    expect(() => b.node.spawn(Thing, { name: "stuck" })).toThrow(
      expect.objectContaining({ code: "reservedName", message: expect.stringMatching(/[ab] is starting it/) }),
    );
    expect(b.node.system.size + a.node.system.size).toBe(2);
  });

  it("[Y13] that a conflict takes away leaves a host that is waited for", async () => {
    const log: string[] = [];
    class Slow extends Actor {
      protected override async onStop(): Promise<void> {
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(400, resolve));
        log.push(`stopped on ${this.context.system.name}`);
      }
    }
    const [a, b] = (await startAll(world, ["a", "b"], [Slow])) as [SimulatedNode, SimulatedNode];
    await world.settle(a.node.singleton("x", Slow));
    await world.until(() => b.node.registry.owner("x") !== undefined);
    const host = a.node.registry.owner("x")?.nodeId === "a" ? a : b;
    const other = host === a ? b : a;
    // Another start of it, with a higher epoch: the name goes to it at once, and the host begins to stop.
    const usurper = other.node.spawn(Slow);
    other.node.registry.register("x", usurper, { epoch: 9 });
    await world.until(() => host.node.registry.owner("x")?.epoch === 9);
    expect(log).toEqual([]);
    other.node.system.cellOf(usurper)?.kill();
    expect(await world.settle(other.node.supervisor.remove("x"))).toBe(true);
    expect(log).toEqual([`stopped on ${host.name}`]);
  });
});

describe("what is said of a singleton that is not there", () => {
  it("[Y12] an ask that waits for a start that fails again and again says why, on any node; and so does a tell", async () => {
    class Broken extends Actor {
      protected override onStart(): never {
        throw new Error("no database");
      }
      where(): string {
        return "nowhere";
      }
    }
    const nodes = await three(Broken);
    void nodes[0].node.singleton("broken", Broken).catch(() => {});
    await world.advance(1_000);
    for (const { node } of nodes) {
      const asked = world.settle(node.actor<Broken>("broken").with({ timeoutMs: 1_000 }).ask.where());
      await expect(asked).rejects.toMatchObject({
        code: "timeout",
        message: expect.stringMatching(
          /within 1000 ms: it did not start on [abc], \d+ times in a row, at last for .*no database/,
        ),
      });
    }
    nodes[1].node.actor<Broken>("broken").tell.where();
    await world.advance(6_000);
    expect(world.diagnosis()).toMatch(/reached nobody.*it did not start on [abc]/);
  });

  it("[Y12] an ask that is late for other reasons says nothing of that", async () => {
    class Busy extends Actor {
      async work(): Promise<void> {
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(10_000, resolve));
      }
    }
    const [a] = (await startAll(world, ["a"], [Busy])) as [SimulatedNode];
    await world.settle(a.node.singleton("busy", Busy));
    const asked = world.settle(a.node.actor<Busy>("busy").with({ timeoutMs: 1_000 }).ask.work());
    await expect(asked).rejects.toMatchObject({ code: "timeout", message: expect.stringMatching(/within 1000 ms$/) });
  });

  it("[Y12] singleton() names the ordinary actor elsewhere that has taken the name just before", async () => {
    const [a, b] = (await startAll(world, ["a", "b"], [Thing])) as [SimulatedNode, SimulatedNode];
    const holder = b.node.spawn(Thing, { name: "taken" });
    const asked = world.settle(a.node.singleton("taken", Thing, { timeoutMs: 1_000 }));
    await expect(asked).rejects.toMatchObject({
      code: "singletonPending",
      message: expect.stringMatching(/the name belongs to .*b.*which is no singleton/),
    });
    // It stays wanted, and has the name when that is free.
    await world.settle(b.node.system.stopActor(holder));
    await world.until(() => (a.node.registry.owner("taken")?.epoch ?? 0) > 0);
  });
});
