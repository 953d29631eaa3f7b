// Slow: thousands of singletons, and megabytes of their arguments.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { SupervisionMessage } from "../../packages/supervision/src/supervision-message.ts";
import { ScriptedMember } from "./scripted-member.ts";
import { specOf } from "./spec-of.ts";
import { startAll } from "./start-all.ts";

class Thing extends Actor {}

let world: World;
beforeEach(() => {
  world = new World({ seed: 5 });
});

describe("a death", () => {
  it("[Y1] [H15] of a node with a fifth of 4,000 singletons costs messages by the 500 names, and no false death", async () => {
    const nodes = await startAll(world, ["a", "b", "c", "d", "e"], [Thing]);
    const names = Array.from({ length: 4_000 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => nodes[0]?.node.singleton(name, Thing))));
    await world.until(() => nodes.every(({ node }) => node.registry.size === names.length));
    const sent = (): number =>
      world.nodes.reduce((sum, { node }) => sum + (node.transport.stats().channels.control?.messagesOut ?? 0), 0);
    const moved = world.get("e").node.system.size;
    world.kill("e");
    const before = sent();
    const since = world.time.now;
    await world.until(() =>
      world.nodes.every(({ node }) => node.members().length === 4 && node.registry.size === 4_000),
    );
    // For each of four starters and three others: question, answer, start, names; and the search for the one that is gone.
    const waves = Math.ceil(moved / 4 / 500) + 1;
    expect(sent() - before).toBeLessThan(4 * 3 * (4 * waves + 4));
    expect(world.time.now - since).toBeLessThan(1_000);
    await world.advance(10_000);
    expect(new Set(world.deaths.map(({ of }) => of))).toEqual(new Set(["e"]));
  }, 60_000);
});

describe("large arguments", () => {
  it("[Y1] [H15] 500 times 40 KB of them survive links that break and a node that joins", async () => {
    class Heavy extends Actor {
      readonly #text: string;
      constructor(text: string) {
        super();
        this.#text = text;
      }
      size(): number {
        return this.#text.length;
      }
    }
    const nodes = await startAll(world, ["a", "b", "c"], [Heavy]);
    const names = Array.from({ length: 500 }, (_, index) => `heavy-${index}`);
    const text = "x".repeat(40_000);
    await world.settle(
      Promise.all(names.map((name) => nodes[0]?.node.singleton(name, Heavy, { args: [text], timeoutMs: 30_000 }))),
    );
    for (let blip = 0; blip < 20; blip++) {
      world.cut("a", "b");
      world.cut("a", "c");
      await world.advance(200);
    }
    await world.until(() => nodes.every(({ node }) => node.registry.size === names.length));
    const bytes = (): number => world.get("a").node.transport.stats().channels.control?.bytesOut ?? 0;
    const before = bytes();
    world.cut("a", "b");
    await world.advance(2_000);
    // A link that comes back costs what was missed, not 20 MB.
    expect(Math.abs(bytes() - before)).toBeLessThan(1_000_000);
    await world.start("d", { actors: [Heavy] });
    world.kill("a");
    await world.until(() =>
      world.nodes.every(({ node }) => node.members().length === 3 && node.registry.size === names.length),
    );
    const { node: d } = world.get("d");
    expect(d.supervisor.singletons().length).toBe(names.length);
    expect(await world.settle(d.actor<Heavy>("heavy-7").ask.size())).toBe(40_000);
    expect(new Set(world.deaths.map(({ of }) => of))).toEqual(new Set(["a"]));
  }, 60_000);
});

describe("remove", () => {
  it("[Y15] [H15] leaves nothing behind but that it is gone: 20,000 made and removed, then a node joins", async () => {
    class Session extends Actor {
      constructor(_text: string) {
        super();
      }
    }
    const [a] = await startAll(world, ["a"], [Session]);
    const { node } = a as SimulatedNode;
    const text = "x".repeat(2_000);
    for (let at = 0; at < 20_000; at += 1_000) {
      const names = Array.from({ length: 1_000 }, (_, index) => `session-${at + index}`);
      await world.settle(Promise.all(names.map((name) => node.singleton(name, Session, { args: [text] }))));
      await world.settle(Promise.all(names.map((name) => node.supervisor.remove(name))));
    }
    expect(node.registry.size).toBe(0);
    const b = await world.start("b");
    await world.until(() => world.nodes.every((each) => each.node.members().length === 2));
    await world.advance(2_000);
    // 10,000 tombstones: 40 MB of arguments are gone, and so is the older half of the names.
    expect(node.transport.stats().channels.control?.bytesOut).toBeLessThan(2_500_000);
    await world.settle(b.node.singleton("session-1", Session, { args: ["new"] }));
    expect([...b.node.registry.owners()]).toHaveLength(1);
  }, 120_000);
});

describe("the limit of a cluster", () => {
  it("[Y15] is for singletons that are wanted, and not for those that were removed", async () => {
    const [n] = (await startAll(world, ["n"], [Thing])) as [SimulatedNode];
    const p = (await ScriptedMember.start(world, "p")).agree();
    const version = { revision: 1, stamp: [1, 0], origin: "p" } as const;
    const tell = async (count: number, messageOf: (at: number) => SupervisionMessage): Promise<void> => {
      for (let at = 0; at < count; at++) {
        p.say("n", messageOf(at));
        await world.advance(1);
      }
    };
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    await tell(100, (at) => ({
      headers: numbers.map((index) => ({
        name: `gone-${at}-${index}`,
        state: "removed",
        bytes: 0,
        epoch: 1,
        ...version,
      })),
    }));
    const specs = (prefix: string, at: number): SupervisionMessage => ({
      specs: numbers.map((index) => specOf(`${prefix}-${at}-${index}`)),
    });
    await tell(999, (at) => specs("kept", at));
    await world.until(() => n.node.supervisor.singletons().length === 99_900);
    expect(await world.settle(n.node.singleton("one more", Thing).then(() => "there"))).toBe("there");
    await tell(1, (at) => specs("last", at));
    await world.until(() => n.node.supervisor.singletons().length === 100_001);
    await expect(n.node.singleton("too many", Thing)).rejects.toMatchObject({ code: "tooManySingletons" });
    await expect(world.settle(n.node.singleton("one more", Thing))).resolves.toBeDefined();
  }, 60_000);
});
