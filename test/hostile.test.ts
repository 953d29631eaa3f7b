import { askRecipient } from "@foundation/actor/spi";
// What a hostile reading of the runtime came up with, in a simulated world.

import { RemoteActor } from "@foundation/cluster";
import { Actor, ActorRef, Rejection } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

class Worker extends Actor {
  readonly #seen: unknown[] = [];
  work(value: unknown): unknown {
    this.#seen.push(value);
    return value;
  }
  async slow(ms: number): Promise<string> {
    await new Promise<void>((resolve) => this.context.system.runtime.setTimer(ms, resolve));
    return this.context.system.name;
  }
  seen(): unknown[] {
    return this.#seen;
  }
  oddThrow(): never {
    throw Object.create(null);
  }
  refuse(): never {
    throw new Rejection(new RangeError("not today"));
  }
}

async function two(seed: number): Promise<[World, SimulatedNode, SimulatedNode]> {
  const world = new World({ seed });
  const [a, b] = (await world.startAll("a", "b")) as [SimulatedNode, SimulatedNode];
  return [world, a, b];
}

/** A singleton `one` that runs on a; b only asks. */
async function singletonOn(world: World, a: SimulatedNode, b: SimulatedNode): Promise<ActorRef<Worker>> {
  await world.settle(a.node.singleton("one", Worker));
  await world.until(() => b.node.registry.owner("one")?.nodeId === "a");
  return b.node.actor<Worker>("one");
}

describe("a cluster bears", () => {
  it("a discovery strategy that names addresses which are none", async () => {
    const world = new World({ seed: 1 });
    const odd = {
      name: "odd",
      announce: async () => {},
      withdraw: async () => {},
      discover: async () => [{ host: "no host\n", port: 1 }],
    };
    const { node } = await world.start("a", { discovery: [odd] });
    await world.advance(5_000);
    expect(node.members()).toHaveLength(1);
  });

  it("a discovery strategy that never answers", async () => {
    const world = new World({ seed: 2 });
    const never = () => new Promise<never>(() => {});
    const { node } = await world.start("a", {
      discovery: [{ name: "never", announce: never, withdraw: never, discover: never }],
    });
    expect(node.members()).toHaveLength(1);
    await world.stop("a");
    expect(world.time.now).toBeLessThan(20_000);
  });

  it("arguments of a singleton that are too large: the caller is told, no link breaks", async () => {
    const [world, a, b] = await two(3);
    await expect(
      world.settle(a.node.singleton("one", Worker, { args: [new Uint8Array(17 * 1024 * 1024)] as never })),
    ).rejects.toMatchObject({
      code: "singletonTooLarge",
    });
    await world.advance(1_000);
    expect(b.node.members().map((member) => member.status)).toEqual(["up", "up"]);
  });

  it("a thrown value that cannot even be shown: its asker is told and other actors go on", async () => {
    const [world, a, b] = await two(4);
    const [odd, other] = [a.node.spawn(Worker, { name: "odd" }), a.node.spawn(Worker)];
    await world.until(() => b.node.registry.owner("odd") !== undefined);
    await expect(world.settle(b.node.actor<Worker>("odd").ask.oddThrow())).rejects.toThrow();
    expect(await world.settle(other.ask.work(1))).toBe(1);
    expect(a.node.system.cellOf(odd)).toBeUndefined();
  });

  it("[B26] a ref that was forged: it does not reach an actor that was never given away", async () => {
    const [world, a, b] = await two(5);
    a.node.spawn(Worker, { name: "echo" });
    const hidden = a.node.spawn(Worker);
    await world.until(() => b.node.registry.owner("echo") !== undefined);
    const { nodeId, incarnation } = a.node.membership.self;
    const id = a.node.system.cellOf(hidden)?.id ?? 0;
    const forged = new ActorRef<Worker>(new RemoteActor(b.node.membership.messages, [nodeId, incarnation, id]));
    const returned = (await world.settle(b.node.actor<Worker>("echo").ask.work(forged))) as ActorRef<Worker>;
    for (const ref of [forged, returned]) {
      await expect(world.settle(ref.ask.seen())).rejects.toMatchObject({ code: "noproc" });
    }
  });

  it("[B27] a message name of any length: refused to its sender, the link stays", async () => {
    const [world, a, b] = await two(6);
    a.node.spawn(Worker, { name: "echo" });
    await world.until(() => b.node.registry.owner("echo") !== undefined);
    const { recipient } = b.node.actor<Worker>("echo");
    await expect(world.settle(askRecipient(recipient, "x".repeat(300), []))).rejects.toMatchObject({
      code: "badMessage",
    });
    expect(b.node.membership.member("a")?.status).toBe("up");
  });
});

describe("messages by name", () => {
  it("[H13] asks that wait in a singleton that is handed over are answered by the next one", async () => {
    const [world, a, b] = await two(7);
    const one = await singletonOn(world, a, b);
    await world.settle(b.node.singleton("one", Worker));
    const asks = [one.ask.slow(300), one.ask.slow(10), one.ask.slow(10)];
    await world.advance(50);
    const stopping = a.node.stop();
    expect(await world.settle(Promise.all(asks))).toEqual(["a", "b", "b"]);
    await world.settle(stopping);
  });

  it("go on after the link to their owner was cut for a moment", async () => {
    const [world, a, b] = await two(8);
    const one = await singletonOn(world, a, b);
    world.cut("a", "b");
    await world.until(() => b.node.transport.link("a") === undefined);
    const askedAt = world.time.now;
    expect(await world.settle(one.ask.work("after the cut"))).toBe("after the cut");
    expect(world.time.now - askedAt).toBeLessThan(500);
  });

  it("keep their order while they wait for the name, whichever ref they were sent through", async () => {
    const world = new World({ seed: 9 });
    const { node } = await world.start("a");
    node.registry.reserve("later");
    node.actor<Worker>("later").tell.work(1);
    node.actor<Worker>("later").tell.work(2);
    const ref = node.actor<Worker>("later");
    ref.tell.work(3);
    node.registry.register("later", node.spawn(Worker), { epoch: 1 });
    ref.tell.work(4);
    expect(await world.settle(ref.ask.seen())).toEqual([1, 2, 3, 4]);
  });

  it("are refused beyond a limit while they wait, over all refs together", async () => {
    const world = new World({ seed: 10 });
    const { node } = await world.start("a");
    node.registry.reserve("later");
    const sendMany = (): void => {
      for (let i = 0; i <= 10_000; i++) node.actor<Worker>("later").tell.work(i);
    };
    expect(sendMany).toThrow(expect.objectContaining({ code: "overloaded" }));
  });
});

describe("a singleton", () => {
  it("whose node dies while it starts is started elsewhere under another epoch", async () => {
    const epochs: number[] = [];
    class Slow extends Actor {
      protected override async onStart(): Promise<void> {
        epochs.push(this.context.epoch ?? 0);
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(500, resolve));
      }
    }
    const world = new World({ seed: 11 });
    for (const name of ["a", "b", "c"]) await world.start(name, { actors: [Slow] });
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3));
    void world
      .get("a")
      .node.singleton("slow", Slow)
      .catch(() => {});
    await world.until(() => epochs.length === 1);
    await world.advance(50);
    const starting = world.nodes.find(({ node }) => node.system.size > 0) as SimulatedNode;
    world.kill(starting.name);
    await world.until(() => world.nodes.every(({ node }) => node.registry.owner("slow") !== undefined));
    expect(epochs).toEqual([1, 2]);
  });

  it("is not confused with a plain actor of that name", async () => {
    const [world, a, b] = await two(12);
    a.node.spawn(Worker, { name: "plain" });
    await world.until(() => b.node.registry.owner("plain") !== undefined);
    await expect(world.settle(b.node.singleton("plain", Worker))).rejects.toMatchObject({ code: "singletonConflict" });
  });
});

describe("a rejection", () => {
  it("answers the ask with an error and leaves the actor alive", async () => {
    const [world, a, b] = await two(13);
    a.node.spawn(Worker, { name: "echo" });
    await world.until(() => b.node.registry.owner("echo") !== undefined);
    const echo = b.node.actor<Worker>("echo");
    await world.settle(echo.ask.work(1));
    await expect(world.settle(echo.ask.refuse())).rejects.toMatchObject({ name: "RangeError", message: "not today" });
    expect(await world.settle(echo.ask.seen())).toEqual([1]);
  });
});
