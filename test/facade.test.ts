import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Actor, Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

class Counter extends Actor {
  #count = 0;
  increment(by = 1): number {
    return (this.#count += by);
  }
  where(): { node: string; epoch: number | undefined } {
    return { node: this.context.system.name, epoch: this.context.epoch };
  }
  crash(): never {
    throw new Error("crash");
  }
  protected override receive(message: { type: string }): void {
    if (message.type === "reset") this.#count = 0;
  }
}

let directory: string;
const nodes: Node[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "facade-"));
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  await rm(directory, { recursive: true, force: true });
});

async function start(name: string, options: FoundationOptions = {}): Promise<Node> {
  const node = await Foundation.start({
    name,
    directory: join(directory, "shared"),
    logLevel: "silent",
    simulateRemote: true,
    ...options,
  });
  nodes.push(node);
  return node;
}

async function startThree(): Promise<[Node, Node, Node]> {
  const started = [await start("a"), await start("b"), await start("c")] as const;
  await Promise.all(started.map((node) => node.ready({ size: 3 })));
  return [...started];
}

describe("the facade", () => {
  it("[X17] stops a node that one of its actors stops, also when the handler waits for that", async () => {
    const node = await start("alone");
    const stops: unknown[] = [];
    class Switch extends Actor {
      static readonly remotable = false;
      protected override onStop(reason: unknown): void {
        stops.push(reason);
      }
      async off(stop: () => Promise<void>): Promise<void> {
        await stop();
      }
    }
    const off = node.spawn(Switch).ask.off(() => node.stop(Number.POSITIVE_INFINITY));
    await expect(off).rejects.toMatchObject({ code: "askSelf" });
    await node.stop();
    expect(stops).toEqual(["shutdown"]);
  });

  it("runs the example: two nodes find each other and share a singleton", async () => {
    const [one, two] = [await start("one"), await start("two")];
    const counter = await one.singleton("counter", Counter);
    await two.singleton("counter", Counter);
    counter.tell.increment();
    expect(await counter.ask.increment(2)).toBe(3);
    expect(await two.actor<Counter>("counter").ask.increment()).toBe(4);
    one.send("counter", { type: "reset" });
    two.send("counter", { type: "reset" });
    const hosts = await Promise.all([one, two].map((node) => node.actor<Counter>("counter").ask.where()));
    expect(hosts[0]).toEqual(hosts[1]);
    expect(await counter.ask.increment()).toBe(1);
  });

  it("moves a singleton to another node, under a higher epoch, when its node leaves, and fails no ask", async () => {
    const three = await startThree();
    const counters = await Promise.all(three.map((node) => node.singleton("counter", Counter)));
    const before = await counters[0]?.ask.where();
    const host = three.find((node) => node.name === before?.node) as Node;
    const others = three.filter((node) => node !== host);
    let isStopped = false;
    const asking = others.map(async (node) => {
      let asks = 0;
      while (!isStopped) {
        await node.actor<Counter>("counter").ask.increment();
        asks++;
      }
      return asks;
    });
    await host.stop();
    const after = await others[0]?.actor<Counter>("counter").ask.where();
    isStopped = true;
    for (const asks of await Promise.all(asking)) expect(asks).toBeGreaterThan(0);
    expect(after?.node).not.toBe(before?.node);
    expect(after?.epoch).toBe((before?.epoch ?? 0) + 1);
    expect(others.map((node) => node.members().length)).toEqual([2, 2]);
  });

  it("starts a crashed singleton again under a higher epoch", async () => {
    const three = await startThree();
    const [counter] = await Promise.all(three.map((node) => node.singleton("counter", Counter)));
    const before = await counter?.ask.where();
    await expect(counter?.ask.crash()).rejects.toThrow("crash");
    const after = await counter?.ask.where();
    expect(after?.epoch).toBe((before?.epoch ?? 0) + 1);
  });

  it("[H12] gives a singleton up everywhere when it crashes too often", async () => {
    const three = await startThree();
    const counters = await Promise.all(three.map((node) => node.singleton("counter", Counter)));
    const errors: unknown[] = [];
    for (let crash = 0; crash < 10; crash++) {
      await counters[crash % 3]?.ask
        .crash()
        .catch((error: { code?: string; message: string }) => errors.push(error.code ?? error.message));
    }
    expect(errors.filter((error) => error === "crash").length).toBeLessThan(9);
    expect(errors.at(-1)).toBe("noproc");
    expect(await (await three[0].singleton("counter", Counter)).ask.increment()).toBe(1);
  });

  it("sends refs in messages and reaches unregistered actors through them", async () => {
    class Echo extends Actor {
      async call(ref: import("@foundation/runtime").ActorRef<Counter>): Promise<number> {
        return ref.ask.increment(5);
      }
    }
    const [one, two] = [await start("one"), await start("two")];
    one.spawn(Echo, { name: "echo" });
    await expect.poll(() => two.registry.lookup("echo")).toBeDefined();
    const counter = two.spawn(Counter);
    expect(await two.actor<Echo>("echo").ask.call(counter)).toBe(5);
    expect(await counter.ask.increment()).toBe(6);
  });

  it("answers noproc for a name that nobody has", async () => {
    const node = await start("one");
    await expect(node.actor<Counter>("nobody").ask.increment()).rejects.toMatchObject({ code: "noproc" });
  });

  it("refuses a second actor under a name, with the owner's ref, and does not leave it running", async () => {
    const node = await start("one");
    const first = node.spawn(Counter, { name: "counter" });
    expect(() => node.spawn(Counter, { name: "counter" })).toThrow(
      expect.objectContaining({ code: "alreadyRegistered", owner: first }),
    );
    expect(node.system.size).toBe(1);
  });

  it("[Y12] starts a singleton whose start fails again and again, with pauses, and says so", async () => {
    let starts = 0;
    class Fleeting extends Actor {
      protected override onStart(): void {
        starts++;
        throw new Error("not yet");
      }
    }
    const node = await start("one");
    const backoff = { minMs: 20, jitter: 0 };
    await expect(node.singleton("fleeting", Fleeting, { timeoutMs: 400, backoff })).rejects.toMatchObject({
      code: "singletonPending",
      message: expect.stringMatching(/did not start on one, (once|\d+ times in a row), at last for .*not yet/),
    });
    // 0, 20, 60, 140 and 300 ms after the beginning.
    expect(starts).toBeGreaterThan(1);
    expect(starts).toBeLessThanOrEqual(5);
    expect(node.supervisor.singletons().map(({ name }) => name)).toEqual(["fleeting"]);
    expect(await node.supervisor.remove("fleeting")).toBe(true);
  });

  it("does not construct an actor for a name that is taken", async () => {
    let constructed = 0;
    class Counted extends Actor {
      constructor() {
        super();
        constructed++;
      }
    }
    const node = await start("one");
    node.spawn(Counted, { name: "it" });
    expect(() => node.spawn(Counted, { name: "it" })).toThrow(expect.objectContaining({ code: "alreadyRegistered" }));
    expect(constructed).toBe(1);
  });

  it("[Y18] does not link off this machine, and says so, unless that was allowed", async () => {
    const events: unknown[] = [];
    const log = {
      debug: () => {},
      info: () => {},
      warn: (event: string, fields?: object) => events.push({ event, ...fields }),
      error: () => {},
    };
    // An address of the documentation range: nothing answers there, and nothing is sent.
    const node = await start("one", { seeds: ["192.0.2.1:7400"], log });
    expect(node.members()).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "cannot link a peer",
        code: "notEncrypted",
        why: expect.stringContaining("insecure: true"),
      }),
    );
  });
});
