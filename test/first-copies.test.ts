import { Actor, type ActorRef, type Down, type Exit, type ExitReason, type Monitor } from "@foundation/runtime";
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

/** Ties itself to others, and tells of their ends. */
class Linker extends Actor {
  readonly #heard: string[] = [];
  readonly #monitors: Monitor[] = [];

  tie(ref: ActorRef): void {
    this.context.link(ref);
  }

  untie(ref: ActorRef): void {
    this.context.unlink(ref);
  }

  /** Monitors `ref` so many times. */
  watch(ref: ActorRef, times: number): void {
    for (let i = 0; i < times; i++) this.#monitors.push(this.context.monitor(ref));
  }

  unwatch(): void {
    for (const monitor of this.#monitors.splice(0)) monitor.cancel();
  }

  end(ref: ActorRef, reason: "kill" | "shutdown"): void {
    this.context.exit(ref, reason);
  }

  protected override onExit({ reason }: Exit): void {
    this.#heard.push(`exit ${String(reason)}`);
  }

  protected override onDown({ reason }: Down): void {
    this.#heard.push(`down ${String(reason)}`);
  }

  heard(): readonly string[] {
    return this.#heard;
  }
}

/** Two nodes, of which the second has started and gets the first one's names for 2 more seconds. */
async function learning(seed: number) {
  const world = new World({ seed });
  const { node: a } = await world.start("a");
  const thing = a.spawn(Thing);
  for (let i = 0; i < 3_000; i++) a.registry.register(`name-${i}-${"x".repeat(180)}`, thing);
  a.registry.register("last", thing);
  world.path({ bytesPerMs: 200 }, "a", "b");
  const { node: b } = await world.start("b");
  expect([b.membership.isLearning, b.registry.lookup("last")]).toEqual([true, undefined]);
  const linker = b.system.spawn(Linker);
  const learned = () => world.waitUntil("b knows all names", () => !b.membership.isLearning);
  const killed = async () => {
    a.system.cellOf(thing)?.kill();
    await world.waitUntil("b hears of the end", () => b.registry.size === 0);
  };
  return { world, a, b, thing, linker, learned, killed };
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

  it("[Y9] links with the owner of a name as soon as it knows it, as monitors do; the link of a name that nobody has is noproc", async () => {
    const { world, b, linker, learned, killed } = await learning(11);
    for (const name of ["last", "last", "missing"]) linker.tell.tie(b.actor(name));
    expect(await world.settle(linker.ask.heard())).toEqual([]);
    // Two links with one name are one.
    expect(b.registry.parkedMessages).toBe(2);
    await learned();
    expect(await world.settle(linker.ask.heard())).toEqual(["exit noproc"]);
    // Behind the link, on the same way.
    expect(await world.settle(b.actor<Thing>("last").ask.where())).toBe("a");
    await killed();
    expect(await world.settle(linker.ask.heard())).toEqual(["exit noproc", "exit killed"]);
    // Who has the name later is not meant.
    linker.tell.tie(b.actor("last"));
    expect(await world.settle(linker.ask.heard())).toEqual(["exit noproc", "exit killed", "exit noproc"]);
    expect([b.registry.parkedMessages, world.deaths]).toEqual([0, []]);
  });

  it("[Y9] an actor that traps no exits lives until its link is known to lead nowhere", async () => {
    class Mortal extends Actor {
      tie(ref: ActorRef): void {
        this.context.link(ref);
      }
    }
    const { world, b, learned } = await learning(12);
    const [mortal, lucky] = [b.system.spawn(Mortal), b.system.spawn(Mortal)];
    mortal.tell.tie(b.actor("missing"));
    lucky.tell.tie(b.actor("last"));
    await world.advance(10);
    expect([mortal, lucky].map((ref) => b.system.cellOf(ref)?.isAlive)).toEqual([true, true]);
    await learned();
    await world.advance(10);
    expect([mortal, lucky].map((ref) => b.system.cellOf(ref)?.isAlive)).toEqual([undefined, true]);
  });

  it("[Y9] what no longer waits leaves nothing behind: links that were taken back, monitors, actors that have ended", async () => {
    const { world, b, linker, learned, killed } = await learning(13);
    const other = b.system.spawn(Linker);
    linker.tell.tie(b.actor("last"));
    other.tell.tie(b.actor("last"));
    other.tell.tie(b.actor("missing"));
    // More than may wait for one name at a time.
    for (let i = 0; i < 3; i++) {
      linker.tell.watch(b.actor("last"), 5_000);
      linker.tell.unwatch();
    }
    linker.tell.untie(b.actor("last"));
    expect(await world.settle(linker.ask.heard())).toEqual([]);
    expect(b.registry.parkedMessages).toBe(2);
    b.system.cellOf(other)?.kill();
    expect(b.registry.parkedMessages).toBe(0);
    await learned();
    await killed();
    expect(await world.settle(linker.ask.heard())).toEqual([]);
  });

  it("[Y9] a monitor that is refused, because too much waits for the name, leaves nothing behind", async () => {
    const { world, b, linker, learned } = await learning(14);
    linker.tell.watch(b.actor("last"), 10_001);
    await world.advance(1);
    expect(b.system.cellOf(linker)).toBeUndefined();
    expect(b.registry.parkedMessages).toBe(0);
    await learned();
  });

  it("[Y9] exit signals by name go to the owner as soon as it is known", async () => {
    const { world, a, b, thing, linker } = await learning(15);
    linker.tell.end(b.actor("last"), "kill");
    linker.tell.end(b.actor("missing"), "kill");
    await world.advance(10);
    expect(a.system.cellOf(thing)?.isAlive).toBe(true);
    await world.waitUntil("the signal arrives", () => a.system.cellOf(thing) === undefined);
    expect(b.registry.parkedMessages).toBe(0);
  });

  it("[Y9] ready() by name waits while the name is on its way, for no longer than its call may", async () => {
    const { world, b } = await learning(16);
    let isReady = false;
    void b
      .actor("last")
      .ready()
      .then(() => (isReady = true));
    const late = expect(b.actor("last").with({ timeoutMs: 100 }).ready()).rejects.toMatchObject({ code: "timeout" });
    const aborted = b.actor("last").with({ signal: AbortSignal.abort(new Error("given up")) });
    await expect(aborted.ready()).rejects.toThrow("given up");
    expect(b.registry.parkedMessages).toBe(2);
    await world.settle(late);
    expect([isReady, b.registry.parkedMessages]).toEqual([false, 1]);
    // Of a name that nobody has it says nothing: what is sent to it does.
    await world.settle(b.actor("missing").ready());
    await world.waitUntil("the name is there", () => isReady);
    expect([b.registry.lookup("last") === undefined, b.registry.parkedMessages]).toEqual([false, 0]);
  });

  it("[Y9] that is alone says at once that there is no such name", async () => {
    await using nodes = new MemoryNodes();
    const a = await nodes.start("a");
    await expect(a.actor<Thing>("nobody").ask.where()).rejects.toMatchObject({ code: "noproc" });
  });
});
