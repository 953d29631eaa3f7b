// How singletons of whole nodes start, fail, move and end.
import { Actor, type Node } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { startAll } from "./start-all.ts";

class Thing extends Actor {
  where(): string {
    return this.context.system.name;
  }
  epoch(): number | undefined {
    return this.context.epoch;
  }
  crash(): never {
    throw new Error("broken on purpose");
  }
}

let world: World;
beforeEach(() => {
  world = new World({ seed: 5 });
});

const owners = (node: Node): string[] =>
  [...node.registry.owners()].map(({ name, nodeId }) => `${name}@${nodeId}`).sort();
const hostOf = (name: string): string | undefined => world.nodes[0]?.node.registry.owner(name)?.nodeId;

describe("a death", () => {
  it("[Y1] [H15] brings everything back although two of the survivors are cut from each other, and nothing twice", async () => {
    const living = new Map<string, number>();
    let doubles = 0;
    class Counted extends Actor {
      readonly #name: string;
      constructor(name: string) {
        super();
        this.#name = name;
      }
      protected override onStart(): void {
        const others = (living.get(this.#name) ?? 0) + 1;
        living.set(this.#name, others);
        if (others > 1) doubles++;
      }
      protected override onStop(): void {
        living.set(this.#name, (living.get(this.#name) ?? 0) - 1);
      }
    }
    const nodes = await startAll(world, ["a", "b", "c", "d", "e"], [Counted]);
    const names = Array.from({ length: 60 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => nodes[0]?.node.singleton(name, Counted, { args: [name] }))));
    await world.until(() => nodes.every(({ node }) => node.registry.size === names.length));
    const { node: c } = world.get("c");
    const lost = names.filter((name) => c.registry.owner(name)?.nodeId === "d");
    expect(lost.length).toBeGreaterThan(5);
    world.partition(["a"], ["b"]);
    world.cut("a", "b");
    await world.until(() => world.get("a").node.membership.member("b")?.status === "suspect");
    for (const name of lost) living.set(name, 0);
    world.kill("d");
    await world.until(
      () => c.registry.size === names.length && !owners(c).some((owner) => owner.endsWith("@d")),
      3_000,
    );
    await world.advance(20_000);
    expect(doubles).toBe(0);
    expect(world.get("a").node.membership.member("b")?.status).toBe("suspect");
    world.heal();
    await world.until(() => world.nodes.every(({ node }) => node.registry.size === names.length), 20_000);
    expect(doubles).toBe(0);
    expect(world.deaths.filter(({ of }) => of !== "d")).toEqual([]);
    for (const name of names) expect([name, living.get(name)]).toEqual([name, 1]);
  });
});

describe("large arguments", () => {
  it("[Y1] are refused to their caller above 256 KiB, or half of what the channel takes, and when they cannot travel", async () => {
    class Heavy extends Actor {
      constructor(_value: unknown) {
        super();
      }
    }
    const [a] = await startAll(world, ["a", "b"], [Heavy]);
    const attempt = (value: unknown): Promise<unknown> =>
      world.settle((a as SimulatedNode).node.singleton("heavy", Heavy, { args: [value] }));
    await expect(attempt("x".repeat(262_144))).rejects.toMatchObject({ code: "singletonTooLarge" });
    await expect(attempt(() => {})).rejects.toMatchObject({ code: "notSerializable" });
    expect(a?.node.supervisor.singletons()).toEqual([]);
    await attempt("x".repeat(250_000));
    const small = new World({ seed: 1 });
    const channels = [{ name: "control", priority: 0, queueBytesMax: 20_000, messageBytesMax: 20_000 }];
    const { node } = await small.start("alone", { channels });
    const refused = small.settle(node.singleton("heavy", Heavy, { args: ["x".repeat(10_000)] }));
    await expect(refused).rejects.toMatchObject({ code: "singletonTooLarge" });
  });
});

describe("an onStart", () => {
  it.each([20, 300, 5_000])(
    "[Y12] [H16] that fails for %i ms after a fail-over is tried until it works",
    async (outageMs) => {
      let brokenUntil = 0;
      let starts = 0;
      class Needy extends Actor {
        protected override onStart(): void {
          starts++;
          if (world.time.now < brokenUntil) throw new Error("the database is not there");
        }
      }
      const [a] = await startAll(world, ["a", "b", "c"], [Needy]);
      await world.settle(a?.node.singleton("needy", Needy) as Promise<unknown>);
      await world.until(() => hostOf("needy") !== undefined);
      starts = 0;
      brokenUntil = world.time.now + outageMs;
      world.kill(hostOf("needy") as string);
      await world.until(() => world.nodes.every(({ node }) => node.members().length === 2));
      await world.until(
        () => world.nodes.every(({ node }) => node.registry.owner("needy") !== undefined),
        2 * outageMs + 1_000,
      );
      expect(starts).toBeGreaterThan(1);
      // 50, 100, 200 ms and so on.
      expect(starts).toBeLessThan(3 + Math.log2(outageMs / 50 + 1) * 1.5);
    },
  );

  it("[Y12] that never settles is ended after startMs, and says so to who waits, on any node", async () => {
    let starts = 0;
    class Stuck extends Actor {
      protected override onStart(): Promise<void> {
        starts++;
        return new Promise(() => {});
      }
    }
    const [a, b] = await startAll(world, ["a", "b"], [Stuck]);
    const options = { startMs: 200, timeoutMs: 3_000 };
    const waits = [a, b].map((each) => each?.node.singleton("stuck", Stuck, options));
    const outcomes = await world.settle(Promise.allSettled(waits));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "singletonPending" } });
      const { message } = (outcome as PromiseRejectedResult).reason;
      expect(message).toMatch(
        /did not start on [ab], (once|\d times in a row), at last for .*onStart of Stuck took more than 200 ms/,
      );
    }
    expect(starts).toBeGreaterThan(2);
    expect(await world.settle(a?.node.supervisor.remove("stuck") as Promise<boolean>)).toBe(true);
  });

  it("[Y12] pauses travel: a crash loop does not begin anew on the next node", async () => {
    const starts: { at: number; on: string }[] = [];
    class Failing extends Actor {
      protected override onStart(): void {
        starts.push({ at: world.time.now, on: this.context.system.name });
        throw new Error("no");
      }
    }
    const [a] = await startAll(world, ["a", "b", "c"], [Failing]);
    a?.node.singleton("failing", Failing, { backoff: { jitter: 0 } }).catch(() => {});
    await world.until(() => starts.length === 7, 10_000);
    await world.advance(10);
    const first = starts[0]?.on as string;
    const rest = world.nodes.find(({ name }) => name !== first) as SimulatedNode;
    const last = starts.at(-1)?.at as number;
    world.kill(first);
    await world.until(() => starts.length === 8, 10_000);
    expect(starts.at(-1)?.on).not.toBe(first);
    // 50 ms doubled six times.
    expect((starts.at(-1)?.at ?? 0) - last).toBeGreaterThanOrEqual(3_200);
    expect(await world.settle(rest.node.supervisor.remove("failing"))).toBe(true);
  });
});

describe("a singleton that crashes too often", () => {
  it("[Y12] is given up everywhere, and whoever asks is told why and where", async () => {
    const [a, b] = await startAll(world, ["a", "b"], [Thing]);
    const [one, two] = [a, b] as [SimulatedNode, SimulatedNode];
    await world.settle(one.node.singleton("thing", Thing, { intensity: 1 }));
    await world.until(() => two.node.registry.owner("thing") !== undefined);
    const host = hostOf("thing");
    for (let crash = 0; crash < 2; crash++) {
      await world.until(() => two.node.registry.owner("thing") !== undefined);
      expect(two.node.supervisor.singletons()).toHaveLength(1);
      await world.settle(two.node.actor<Thing>("thing").ask.crash()).catch(() => {});
      await world.advance(10);
    }
    await world.until(() => [one, two].every(({ node }) => node.supervisor.singletons().length === 0));
    for (const { node } of [one, two]) {
      const ask = world.settle(node.actor<Thing>("thing").ask.where());
      await expect(ask).rejects.toMatchObject({ code: "noproc" });
      await expect(ask).rejects.toThrow(
        new RegExp(`given up on ${host}, where it ended too often: Error: broken on purpose`),
      );
    }
    await world.settle(two.node.singleton("thing", Thing));
    expect(await world.settle(two.node.actor<Thing>("thing").ask.where())).toBe(host);
  });

  it("[V11] begins with a clean sheet when it was removed and asked for again", async () => {
    const [a] = await startAll(world, ["a"], [Thing]);
    const { node } = a as SimulatedNode;
    for (let life = 0; life < 3; life++) {
      await world.settle(node.singleton("thing", Thing));
      for (let crash = 0; crash < 3; crash++) {
        await world.until(() => node.registry.owner("thing") !== undefined);
        await world.settle(node.actor<Thing>("thing").ask.crash()).catch(() => {});
      }
      await world.until(() => node.registry.owner("thing") !== undefined);
      expect(await world.settle(node.supervisor.remove("thing"))).toBe(true);
    }
  });

  it("is removed when it is transient and ends in order", async () => {
    class Brief extends Actor {
      end(): void {
        this.context.stop();
      }
    }
    const [a, b] = await startAll(world, ["a", "b"], [Brief]);
    await world.settle(a?.node.singleton("brief", Brief, { restart: "transient" }) as Promise<unknown>);
    a?.node.actor<Brief>("brief").tell.end();
    await world.until(() => [a, b].every((each) => each?.node.supervisor.singletons().length === 0));
    await world.advance(1_000);
    expect(b?.node.registry.size).toBe(0);
  });
});

describe("singletons that wait for each other in onStart", () => {
  const wait = (name: string) =>
    class extends Actor {
      static readonly actorName = `waits for ${name}`;
      protected override async onStart(): Promise<void> {
        await world.nodes[0]?.node.actor<Thing>(name).ask.where();
      }
    };
  const [First, Second] = [wait("second"), wait("first")];

  it("[Y12] say so to who waits, on any node, and can be removed", async () => {
    const [a, b] = (await startAll(world, ["a", "b"], [First, Second])) as [SimulatedNode, SimulatedNode];
    const options = { timeoutMs: 1_000 };
    const waits = [a, b].flatMap(({ node }) => [
      node.singleton("first", First, options),
      node.singleton("second", Second, options),
    ]);
    for (const outcome of await world.settle(Promise.allSettled(waits))) {
      const reason = {
        code: "singletonPending",
        message: expect.stringMatching(/[ab] is starting it: its onStart/),
      };
      expect(outcome).toMatchObject({ status: "rejected", reason });
    }
    const removed = ["first", "second"].map((name) => b.node.supervisor.remove(name));
    expect(await world.settle(Promise.all(removed))).toEqual([true, true]);
  });
});

describe("a singleton that stops itself in onStart", () => {
  class Once extends Actor {
    static runs = 0;
    protected override onStart(): void {
      Once.runs++;
      this.context.stop();
    }
  }
  beforeEach(() => {
    Once.runs = 0;
  });

  it("[Y12] has done its work when it is transient: it is removed, and no start has failed", async () => {
    const [a] = (await startAll(world, ["a", "b"], [Once])) as [SimulatedNode];
    const asked = world.settle(a.node.singleton("once", Once, { restart: "transient" }));
    await expect(asked).rejects.toMatchObject({ code: "singletonFailed", message: expect.stringContaining("removed") });
    await world.advance(5_000);
    expect([Once.runs, a.node.supervisor.singletons()]).toEqual([1, []]);
  });

  it("[Y12] has ended too often when it is permanent", async () => {
    const [a] = (await startAll(world, ["a", "b"], [Once])) as [SimulatedNode];
    const asked = world.settle(a.node.singleton("once", Once));
    await expect(asked).rejects.toMatchObject({
      code: "singletonFailed",
      message: expect.stringContaining("too often"),
    });
    expect(Once.runs).toBe(4);
  });
});

describe("remove", () => {
  class Slow extends Actor {
    static stopped = 0;
    protected override async onStop(): Promise<void> {
      await new Promise<void>((resolve) => this.context.system.runtime.setTimer(1_000, resolve));
      Slow.stopped++;
    }
  }
  beforeEach(() => {
    Slow.stopped = 0;
  });

  it("[Y13] resolves on every node when onStop is through and the name is free, wherever it ran", async () => {
    const nodes = await startAll(world, ["a", "b", "c"], [Slow]);
    await world.settle(nodes[0]?.node.singleton("slow", Slow) as Promise<unknown>);
    await world.until(() => nodes.every(({ node }) => node.registry.owner("slow") !== undefined));
    const ends = nodes.map(async ({ node }) => {
      const was = await node.supervisor.remove("slow");
      return [was, Slow.stopped, node.registry.owner("slow")];
    });
    // Once more on the first, which has removed it already.
    await world.advance(100);
    ends.push((async () => [await nodes[0]?.node.supervisor.remove("slow"), Slow.stopped, undefined])());
    for (const end of await world.settle(Promise.all(ends))) expect(end).toEqual([true, 1, undefined]);
    expect(await world.settle(nodes[1]?.node.supervisor.remove("slow") as Promise<boolean>)).toBe(false);
  });

  it("[Y13] and a call right after it leave no doubt to who waited before: it was removed, and no time had passed", async () => {
    const [a] = (await startAll(world, ["a"], [Slow])) as [SimulatedNode];
    await world.settle(a.node.singleton("slow", Slow));
    const removals = [a.node.supervisor.remove("slow")];
    const first = a.node.singleton("slow", Slow, { timeoutMs: 20_000 });
    removals.push(a.node.supervisor.remove("slow"));
    const second = a.node.singleton("slow", Slow, { timeoutMs: 20_000 });
    const [failed] = await world.settle(Promise.allSettled([first, second, ...removals]));
    const reason = { code: "singletonFailed", message: expect.stringContaining("was removed") };
    expect(failed).toMatchObject({ status: "rejected", reason });
    expect(await world.settle(second)).toBeDefined();
  });

  it("[Y13] says where it still stops when that takes too long, and starts the next one only afterwards", async () => {
    const nodes = await startAll(world, ["a", "b"], [Slow]);
    const { node } = nodes[0] as SimulatedNode;
    await world.settle(node.singleton("slow", Slow));
    await world.until(() => hostOf("slow") !== undefined);
    const late = world.settle(node.supervisor.remove("slow", { timeoutMs: 100 }));
    await expect(late).rejects.toMatchObject({
      code: "singletonPending",
      message: expect.stringContaining(`stops on ${hostOf("slow")}`),
    });
    await world.settle(node.singleton("slow", Slow));
    expect(Slow.stopped).toBe(1);
  });

  it("[Y13] can be called by the singleton itself, which does not wait for it", async () => {
    class Done extends Actor {
      readonly #remove: () => void;
      constructor() {
        super();
        this.#remove = () => void world.get("a").node.supervisor.remove("done");
      }
      finish(): string {
        this.#remove();
        return "finished";
      }
    }
    const [a] = (await startAll(world, ["a"], [Done])) as [SimulatedNode];
    await world.settle(a.node.singleton("done", Done));
    expect(await world.settle(a.node.actor<Done>("done").ask.finish())).toBe("finished");
    await world.until(() => a.node.registry.size === 0 && a.node.system.size === 0, 1_000);
  });
});

describe("a node that leaves", () => {
  it("[V11] waits until its singletons run elsewhere, and starts none again", async () => {
    const starts: string[] = [];
    class Slow extends Actor {
      protected override async onStart(): Promise<void> {
        starts.push(this.context.system.name);
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(1_000, resolve));
      }
    }
    const [a, b] = (await startAll(world, ["a", "b"], [Slow])) as [SimulatedNode, SimulatedNode];
    await world.settle(a.node.singleton("slow", Slow));
    await world.until(() => b.node.registry.owner("slow") !== undefined);
    const [host, other] = hostOf("slow") === "a" ? [a, b] : [b, a];
    const before = world.time.now;
    await world.settle(host.node.membership.leave());
    expect(world.time.now - before).toBeGreaterThanOrEqual(1_000);
    expect(host.node.registry.owner("slow")?.nodeId).toBe(other.name);
    expect(starts).toEqual([host.name, other.name]);
    await world.stop(other.name);
    await world.advance(2_000);
    expect(starts).toEqual([host.name, other.name]);
  });

  it("[V11] starts none again though no member has been told that it leaves", async () => {
    let starts = 0;
    class Counted extends Actor {
      protected override onStart(): void {
        starts++;
      }
    }
    const [a] = (await startAll(world, ["a"], [Counted])) as [SimulatedNode];
    await world.settle(a.node.singleton("counted", Counted));
    await world.settle(a.node.supervisor.leave(500));
    await world.advance(2_000);
    expect(a.node.registry.owner("counted")?.nodeId).toBe("a");
    await world.settle(a.node.system.stop());
    await world.advance(2_000);
    expect(starts).toBe(1);
    expect(a.node.system.size).toBe(0);
  });

  /** Tells in its `onStop` what the other actors of this node answer then. */
  class Asking extends Actor {
    readonly #others: readonly string[];
    readonly #said: string[];
    constructor(others: readonly string[], said: string[]) {
      super();
      this.#others = others;
      this.#said = said;
    }
    hello(): string {
      return `from ${this.context.system.name}`;
    }
    protected override async onStop(): Promise<void> {
      for (const name of this.#others) {
        const answer = await nodeOf(this.context.system.name)
          .actor<Asking>(name)
          .ask.hello()
          .catch(({ code }) => code);
        this.#said.push(`${name}: ${answer}`);
      }
    }
  }
  const nodeOf = (name: string): Node => world.get(name).node;

  it("[X2] ends singletons that cannot move after the younger ones that ask them, and waits for none that is gone", async () => {
    const said: string[] = [];
    class Store extends Asking {
      constructor() {
        super(["writer"], said);
      }
    }
    class Writer extends Asking {
      constructor() {
        super(["store", "clock"], said);
      }
    }
    const [a] = (await startAll(world, ["a"], [])) as [SimulatedNode];
    a.node.spawn(Asking, { args: [[], said], name: "clock" });
    await world.settle(a.node.singleton("store", Store));
    await world.settle(a.node.singleton("writer", Writer));
    const before = world.time.now;
    await world.settle(a.node.stop());
    expect(said).toEqual(["store: from a", "clock: from a", "writer: noproc"]);
    expect(world.time.now - before).toBeLessThan(100);
  });

  it("[X2] waits for no singleton of another node that stops at the same moment", async () => {
    const said: string[] = [];
    class Store extends Asking {
      constructor() {
        super([], said);
      }
    }
    const [a, b] = (await startAll(world, ["a", "b"], [Store])) as [SimulatedNode, SimulatedNode];
    for (let at = 0; at < 20; at++) await world.settle(a.node.singleton(`store ${at}`, Store));
    const names = Array.from({ length: 20 }, (_, at) => `store ${at}`);
    for (const { node } of [a, b]) node.spawn(Asking, { args: [names, said] });
    const before = world.time.now;
    await world.settle(Promise.all([a.node.stop(), b.node.stop()]));
    expect(said).toHaveLength(40);
    expect(world.time.now - before).toBeLessThan(1_000);
  });

  it("[Y16] refuses singletons at once afterwards, ends what waits, and leaves no timer", async () => {
    const [a] = (await startAll(world, ["a", "b"], [Thing])) as [SimulatedNode];
    class Nowhere extends Actor {}
    const waiting = a.node.singleton("nowhere", Nowhere, { timeoutMs: 60_000 });
    waiting.catch(() => {});
    a.node.supervisor.stop();
    await expect(world.settle(waiting)).rejects.toMatchObject({ code: "stopped" });
    await world.settle(a.node.stop());
    const before = world.time.now;
    await expect(world.settle(a.node.singleton("x", Thing))).rejects.toMatchObject({ code: "stopped" });
    expect(world.time.now).toBe(before);
    // No more than where there never was a singleton.
    const other = new World({ seed: 5 });
    const bare = await other.start("a");
    await other.start("b");
    await other.until(() => bare.node.members().length === 2);
    await other.settle(bare.node.stop());
    expect(a.runtime.timers).toBeLessThanOrEqual(bare.runtime.timers);
  });
});
