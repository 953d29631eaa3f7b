import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { Actor, type Node } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

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

  it("audit: a node that may start unencrypted does so", async () => {
    await using nodes = new MemoryNodes();
    const advertise = { host: "192.0.2.1" };
    const node = await nodes.start("a", [], { advertise, insecure: true, audit: fail });
    expect(node.transport.address.host).toBe("192.0.2.1");
  });
});
