import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { Actor, type Node } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

/** A busy machine takes its time. */
const patience = { timeout: 10_000 };

const fail = (): never => {
  throw new Error("the listener's own fault");
};

describe("listeners of the program that throw", () => {
  it("[Y14] memberDown: singletons move all the same, and the other links are read on", async () => {
    await using nodes = new MemoryNodes();
    const [a, b, c] = (await nodes.startAll("a", "b", "c")) as [Node, Node, Node];
    for (const node of [a, b, c]) {
      for (const event of ["memberUp", "memberLinked", "memberSuspect", "memberLeaving", "memberDown"] as const) {
        node.membership.events.prependListener(event, fail);
      }
      node.supervisor.declare(Thing);
    }
    for (let i = 0; i < 9; i++) await a.singleton(`one-${i}`, Thing);
    await c.stop();
    await expect.poll(() => [...a.registry.owners()].map(({ nodeId }) => nodeId)).not.toContain("c");
    await expect.poll(() => a.registry.size).toBe(9);
    expect(await b.actor<Thing>("one-1").ask.where()).toMatch(/^[ab]$/);
  });

  it("[Y14] onConflict: the name goes to the winner, and the link stays", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = [await nodes.start("a"), await nodes.start("b")];
    const [first, second] = [a.spawn(Thing), b.spawn(Thing)];
    a.registry.register("thing", first, { onConflict: fail });
    b.registry.register("thing", second, { onConflict: fail });
    nodes.introduce(b, a);
    await Promise.all([a, b].map((node) => node.ready({ size: 2 })));
    const links = [a.transport.link("b"), b.transport.link("a")];
    await expect.poll(() => new Set([a, b].map(({ registry }) => registry.owner("thing")?.nodeId)).size).toBe(1);
    expect(await b.actor<Thing>("thing").ask.where()).toBe(await a.actor<Thing>("thing").ask.where());
    expect([a.transport.link("b"), b.transport.link("a")]).toEqual(links);
    expect(links.every((link) => link?.isOpen)).toBe(true);
  });

  it("[Y25] registry: spawn with a name gives its ref, here and elsewhere, and says which listener threw", async () => {
    await using nodes = new MemoryNodes();
    const logged: LogEvent[] = [];
    const runtime = systemRuntime({ log: createLog((event) => void logged.push(event), "error") });
    const a = await nodes.start("a", [], { runtime });
    const b = await nodes.start("b", [a], { runtime });
    for (const node of [a, b]) {
      node.registry.events.on("registered", fail);
      node.registry.events.on("unregistered", async function freed() {
        fail();
      });
    }
    const ref = a.spawn(Thing, { name: "thing" });
    expect(a.registry.lookup("thing")).toBe(ref);
    await expect.poll(() => b.registry.lookup("thing")).toBeDefined();
    expect(await b.actor<Thing>("thing").ask.where()).toBe("a");
    a.system.cellOf(ref)?.kill();
    await expect.poll(() => b.registry.size).toBe(0);
    const lines = (): string[] => logged.map(({ event, fields }) => `${event}: ${fields.event} ${fields.listener}`);
    const registered = "a listener threw: registered fail";
    const unregistered = "a listener threw: unregistered freed";
    await expect.poll(() => lines().sort()).toEqual([registered, registered, unregistered, unregistered]);
  });

  it("[Y25] registry: listeners that change names are told of everything in order, and go on for ever for nobody", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const thing = a.spawn(Thing);
    const heard: string[] = [];
    const { events } = a.registry;
    events.on("registered", function once({ name }) {
      if (name === "first") a.registry.register("second", thing);
      if (name === "third") a.registry.unregister("third");
      if (name === "third") events.off("registered", once);
    });
    events.on("registered", ({ name }) => heard.push(`+${name}`));
    events.on("unregistered", ({ name }) => heard.push(`-${name}`));
    for (const name of ["first", "third", "fourth"]) a.registry.register(name, thing);
    expect(heard).toEqual(["+first", "+second", "+third", "-third", "+fourth"]);
    events.removeAllListeners();
    events.on("registered", ({ name }) => void a.registry.unregister(name));
    events.on("unregistered", ({ name }) => a.registry.register(name, thing));
    a.registry.register("pong", thing);
    events.removeAllListeners();
    const names = [...a.registry.owners()].map(({ name }) => name).sort();
    await expect.poll(() => [...b.registry.owners()].map(({ name }) => name).sort(), patience).toEqual(names);
    expect(names.slice(0, 2)).toEqual(["first", "fourth"]);
  });

  it("[Y25] registry: a loop over owners() that registers more ends", async () => {
    await using nodes = new MemoryNodes();
    const a = await nodes.start("a");
    const thing = a.spawn(Thing, { name: "0" });
    for (const { name } of a.registry.owners()) {
      a.registry.register(String(Number(name) + 1), thing);
      if (a.registry.size > 10) break;
    }
    expect(a.registry.size).toBe(2);
  });

  it("[Y25] registry: 10,000 names of one actor, with refusals between, are taken and freed together", async () => {
    await using nodes = new MemoryNodes();
    const [a, b] = (await nodes.startAll("a", "b")) as [Node, Node];
    const [thing, other] = [a.spawn(Thing), a.spawn(Thing)];
    const count = 10_000;
    for (let at = 0; at < count; at++) {
      a.registry.register(`name-${at}`, thing);
      if (at % 100 === 0) expect(() => a.registry.register(`name-${at}`, other)).toThrow("belongs to");
      if (at % 100 === 1) expect(() => a.registry.register("", other)).toThrow("is no name");
    }
    await expect.poll(() => b.registry.size, patience).toBe(count);
    a.system.cellOf(thing)?.kill();
    expect([a.registry.size, other.equals(thing)]).toEqual([0, false]);
    await expect.poll(() => b.registry.size, patience).toBe(0);
  });

  it("audit: a node that may start unencrypted does so", async () => {
    await using nodes = new MemoryNodes();
    const advertise = { host: "192.0.2.1" };
    const node = await nodes.start("a", [], { advertise, insecure: true, audit: fail });
    expect(node.transport.address.host).toBe("192.0.2.1");
  });
});
