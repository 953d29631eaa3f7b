import { Actor, type Node } from "@foundation/runtime";
import { describe, expect, it, vi } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

/** For what two nodes have to agree on, on a busy machine. */
const patience = { timeout: 20_000 };

const ownersOf = (node: Node): string[] =>
  [...node.registry.owners()].map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`).sort();

describe("the registry", () => {
  it("[R1] a name that is taken is refused with its owner's ref; what is registered here is found here at once", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const thing = a.spawn(Thing, { name: "thing" });
    expect(a.registry.lookup("thing")).toBe(thing);
    await expect.poll(() => b.registry.lookup("thing")).toBeDefined();
    expect(() => b.spawn(Thing, { name: "thing" })).toThrow(expect.objectContaining({ code: "alreadyRegistered" }));
    expect(await b.actor<Thing>("thing").ask.where()).toBe("a");
  });

  it("[R3] the names of an actor that ended are gone everywhere, many of them in one go", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const thing = a.spawn(Thing);
    for (let i = 0; i < 3_000; i++) a.registry.register(`name-${i}`, thing);
    await expect.poll(() => b.registry.size).toBe(3_000);
    a.system.cellOf(thing)?.kill();
    expect(a.registry.size).toBe(0);
    await expect.poll(() => b.registry.size).toBe(0);
  });

  it("[R5] two isolated nodes hold one name, then meet: one survivor, all agree, the loser ends", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = [await nodes.start("a"), await nodes.start("b")];
    const first = a.spawn(Thing, { name: "thing" });
    const second = b.spawn(Thing, { name: "thing" });
    nodes.introduce(b, a);
    await Promise.all([a, b].map((node) => node.ready({ size: 2 })));
    await vi.waitFor(() => expect(ownersOf(a)).toEqual(ownersOf(b)), patience);
    const winner = a.registry.owner("thing")?.nodeId;
    await expect
      .poll(() => [a.system.cellOf(first), b.system.cellOf(second)].filter((cell) => cell?.isAlive))
      .toHaveLength(1);
    expect(await a.actor<Thing>("thing").ask.where()).toBe(winner);
    expect(await b.actor<Thing>("thing").ask.where()).toBe(winner);
  });

  it("[R10] a node that joins late sees all names at once, and none vanishes on the way", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const [one, two] = [a.spawn(Thing), b.spawn(Thing)];
    for (let i = 0; i < 5_000; i++) {
      a.registry.register(`a-${i}`, one);
      b.registry.register(`b-${i}`, two);
    }
    const c = await nodes.start("c", [a]);
    const vanished: string[] = [];
    c.registry.events.on("unregistered", ({ name }) => vanished.push(name));
    await expect.poll(() => c.registry.size).toBe(10_000);
    expect(vanished).toEqual([]);
    expect(ownersOf(c)).toEqual(ownersOf(a));
  });

  it("[R9] a link that is cut again and again leaves nothing stale and loses nothing", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    for (let round = 0; round < 10; round++) {
      const thing = a.spawn(Thing, { name: `round-${round}` });
      a.transport.link("b")?.close(4000, "cut by the test");
      b.spawn(Thing, { name: `other-${round}` });
      if (round % 2 === 0) a.system.cellOf(thing)?.kill();
      await vi.waitFor(() => {
        expect(b.membership.member("a")?.status).toBe("up");
        expect(ownersOf(b)).toEqual(ownersOf(a));
      }, patience);
    }
    expect(a.registry.size).toBe(15);
  });

  it("[R12] listeners hear of the old owner's end before they hear of the new one", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const heard: string[] = [];
    b.registry.events.on("registered", ({ name, epoch }) => heard.push(`+${name}#${epoch}`));
    b.registry.events.on("unregistered", ({ name, epoch }) => heard.push(`-${name}#${epoch}`));
    a.registry.register("thing", a.spawn(Thing), { epoch: 1 });
    await expect.poll(() => heard).toHaveLength(1);
    b.registry.register("thing", b.spawn(Thing), { epoch: 2 });
    expect(heard).toEqual(["+thing#1", "-thing#1", "+thing#2"]);
    await expect.poll(() => a.registry.owner("thing")?.epoch).toBe(2);
  });

  it.each(["", "x".repeat(256), "a\nb"])("[B27] refuses the name %j", async (name) => {
    await using nodes = new MemoryNodes();
    const a = await nodes.start("a");
    expect(() => a.actor(name)).toThrow(expect.objectContaining({ code: "invalidName" }));
    expect(() => a.spawn(Thing, { name })).toThrow(expect.objectContaining({ code: "invalidName" }));
    expect(a.system.size).toBe(0);
  });
});

describe("singletons", () => {
  it("[H1] many started at once from all nodes run once each, on more than one node", async () => {
    await using nodes = new MemoryNodes();
    const all = await nodes.startAll("a", "b", "c", "d");
    const names = Array.from({ length: 50 }, (_, index) => `one-${index}`);
    await Promise.all(all.flatMap((node) => names.map((name) => node.singleton(name, Thing))));
    await expect.poll(() => new Set(all.map((node) => JSON.stringify(ownersOf(node)))).size).toBe(1);
    expect(all.reduce((sum, node) => sum + node.system.size, 0)).toBe(50);
    expect(ownersOf(all[0] as Node).every((owner) => owner.endsWith("#1"))).toBe(true);
    const places = await Promise.all(names.map((name) => (all[0] as Node).actor<Thing>(name).ask.where()));
    expect(new Set(places).size).toBeGreaterThan(1);
  });

  it("[H6] two isolated nodes run one each; when they meet one survives and all agree", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = [await nodes.start("a"), await nodes.start("b")];
    await Promise.all([a, b].map((node) => node.singleton("one", Thing)));
    nodes.introduce(a, b);
    await Promise.all([a, b].map((node) => node.ready({ size: 2 })));
    await vi.waitFor(() => {
      expect(ownersOf(a)).toEqual(ownersOf(b));
      expect(a.system.size + b.system.size).toBe(1);
    }, patience);
    expect(await a.actor<Thing>("one").ask.where()).toBe(await b.actor<Thing>("one").ask.where());
  });

  it("[H11] run only where their class is known; a node that joins with it can take them", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    for (let i = 0; i < 20; i++) await a.singleton(`one-${i}`, Thing);
    expect(ownersOf(b).every((owner) => owner.includes("@a#"))).toBe(true);
    await a.stop();
    await expect(b.actor<Thing>("one-1").with({ timeoutMs: 50 }).ask.where()).rejects.toMatchObject({
      code: "timeout",
    });
    const c = await nodes.start("c", [b], { actors: [Thing] });
    expect(await c.actor<Thing>("one-1").ask.where()).toBe("c");
    await expect.poll(() => c.registry.size).toBe(20);
  });

  it("a name belongs to the class it was started with, until it is removed everywhere", async () => {
    class Other extends Actor {
      other(): number {
        return 1;
      }
    }
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    await a.singleton("one", Thing);
    await expect(a.singleton("one", Other)).rejects.toMatchObject({ code: "singletonConflict" });
    expect(await a.supervisor.remove("one")).toBe(true);
    await expect.poll(() => b.registry.size + a.registry.size).toBe(0);
    await expect(b.actor<Thing>("one").ask.where()).rejects.toMatchObject({ code: "noproc" });
    expect(await (await a.singleton("one", Other)).ask.other()).toBe(1);
  });
});
