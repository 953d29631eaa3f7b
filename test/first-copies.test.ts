import { Actor, type ActorRef, type Down, type ExitReason } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

class Watcher extends Actor {
  readonly #heard: ExitReason[] = [];

  watch(ref: ActorRef): void {
    this.context.monitor(ref);
  }

  override onDown({ reason }: Down): void {
    this.#heard.push(reason);
  }

  heard(): readonly ExitReason[] {
    return this.#heard;
  }
}

describe("a node that has just started", () => {
  it("[Y9] knows the names of 20,000 actors elsewhere when start() resolves", async () => {
    const world = new World({ seed: 1 });
    const [{ node: a }, { node: b }] = await world.startAll("a", "b");
    for (const node of [a, b]) {
      const thing = node.spawn(Thing);
      for (let i = 0; i < 10_000; i++) node.registry.register(`${node.name}-${i}`, thing);
    }
    const { node: c } = await world.start("c");
    expect(c.membership.isLearning).toBe(false);
    expect(c.registry.size).toBe(20_000);
    expect(await world.settle(c.actor<Thing>("b-9999").ask.where())).toBe("b");
  });

  it("[Y9] holds asks, tells and monitors by name back while names are still on their way", async () => {
    const world = new World({ seed: 9 });
    const { node: a } = await world.start("a");
    const thing = a.spawn(Thing);
    for (let i = 0; i < 3_000; i++) a.registry.register(`name-${i}-${"x".repeat(180)}`, thing);
    a.registry.register("last", thing);
    // Some 4 s for all names, and start() waits for 2 s.
    world.path({ bytesPerMs: 200 }, "a", "b");
    const { node: b } = await world.start("b");
    expect(b.registry.lookup("last")).toBeUndefined();
    const watcher = b.system.spawn(Watcher);
    watcher.tell.watch(b.actor("last"));
    watcher.tell.watch(b.actor("missing"));
    const asked = b.actor<Thing>("last").ask.where();
    const missing = expect(b.actor<Thing>("missing").ask.where()).rejects.toMatchObject({ code: "noproc" });
    expect(await world.settle(asked)).toBe("a");
    await world.settle(missing);
    expect(await world.settle(watcher.ask.heard())).toEqual(["noproc"]);
    a.system.cellOf(thing)?.kill();
    await world.waitUntil("b hears of the end", () => b.registry.size === 0);
    expect(await world.settle(watcher.ask.heard())).toEqual(["noproc", "killed"]);
    expect(world.deaths).toEqual([]);
  });

  it("[Y9] that is alone says at once that there is no such name", async () => {
    await using nodes = new MemoryNodes();
    const a = await nodes.start("a");
    await expect(a.actor<Thing>("nobody").ask.where()).rejects.toMatchObject({ code: "noproc" });
  });
});
