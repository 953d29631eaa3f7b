import { Actor, type ActorRef, type FoundationOptions, type Node } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";

/** Keeps what it is told. */
class Collector extends Actor {
  readonly #kept: unknown[] = [];

  keep(value: unknown): void {
    this.#kept.push(value);
  }

  note(value: unknown): void {
    this.#kept.push(value);
  }

  kept(): unknown[] {
    return this.#kept;
  }

  size(): number {
    return this.#kept.length;
  }

  async *parts(count: number): AsyncGenerator<number> {
    for (let part = 0; part < count; part++) yield part;
  }
}

/** Takes a turn for each message. */
class Slow extends Actor {
  readonly #taken: number[] = [];

  async take(number: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#taken.push(number);
  }

  taken(): number[] {
    return this.#taken;
  }

  never(): Promise<void> {
    return new Promise(() => {});
  }
}

const control = { name: "control", priority: 0, eager: true };

let nodes: MemoryNodes | undefined;
afterEach(async () => {
  await nodes?.[Symbol.asyncDispose]();
  nodes = undefined;
});

/** Two linked nodes; the second one has collectors, to which the first one has refs. */
async function pair(
  channels: FoundationOptions["channels"],
  collectors = 1,
): Promise<{ sender: Node; receiver: Node; refs: ActorRef<Collector>[] }> {
  nodes = new MemoryNodes();
  const options = { channels };
  const receiver = await nodes.start("receiver", [], options);
  const names = Array.from({ length: collectors }, (_, index) => `collector ${index}`);
  for (const name of names) receiver.spawn(Collector, { name });
  const sender = await nodes.start("sender", [receiver], options);
  await sender.ready({ size: 2 });
  const refs = names.map((name) => sender.actor<Collector>(name));
  await Promise.all(refs.map((ref) => eventually(() => ref.ask.kept())));
  return { sender, receiver, refs };
}

/** Asks again until it works; the deadline is the test's. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe("channels that users configure", () => {
  test("need not include data: large messages and streams take control then", async () => {
    const { refs } = await pair([control, { name: "own", priority: 1 }]);
    const [ref] = refs as [ActorRef<Collector>];
    const large = "x".repeat(300_000);
    ref.tell.keep(large);
    ref.with({ channel: "own" }).tell.keep("small");
    await eventually(async () => expect((await ref.ask.kept()).toSorted()).toEqual(["small", large]));
    const parts: number[] = [];
    for await (const part of ref.stream.parts(100)) parts.push(part);
    expect(parts).toEqual(Array.from({ length: 100 }, (_, part) => part));
  });

  test("keep the order of messages to one actor on 4 connections [T7]", async () => {
    const { refs, sender } = await pair([control, { name: "wide", priority: 1, connections: 4 }], 12);
    for (let number = 0; number < 200; number++) {
      const padding = "x".repeat(number % 9 === 0 ? 100_000 : 10);
      for (const ref of refs) ref.with({ channel: "wide" }).tell.keep({ number, padding });
    }
    for (const ref of refs) {
      const kept = (await ref.with({ channel: "wide" }).ask.kept()) as { number: number }[];
      expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, number) => number));
    }
    expect(sender.transport.stats().channels.wide?.messagesOut).toBe(200 * 12 + 12);
  });

  test("lose at most the end of what was sent when the link breaks, on 4 connections too [T7]", async () => {
    const { refs, sender } = await pair([control, { name: "wide", priority: 1, connections: 4 }], 8);
    const broken: number[] = [];
    for (let number = 0; number < 300; number++) {
      for (const ref of refs) ref.with({ channel: "wide" }).tell.keep(number);
      if (number % 100 === 99) {
        broken.push(number);
        // As if a router had forgotten it: what is under way is lost.
        sender.transport.link("receiver")?.close(4999, "cut by the test");
        await eventually(() => (refs[0] as ActorRef<Collector>).ask.kept());
      } else if (number % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
    }
    let arrived = 0;
    for (const ref of refs) {
      const kept = (await eventually(() => ref.with({ channel: "wide" }).ask.kept())) as number[];
      arrived += kept.length;
      for (const [index, number] of kept.entries()) {
        const previous = kept[index - 1] ?? -1;
        // Between two numbers that came, others are missing only up to the next break.
        const isHole = number !== previous + 1 && !broken.includes(number - 1);
        expect(isHole, `${previous} then ${number}`).toBe(false);
      }
    }
    expect(arrived).toBeGreaterThan(300);
  });

  test("of the reliable kind bring every tell once over a link that breaks, also those told meanwhile [T7]", async () => {
    const { refs, sender, receiver } = await pair([control, { name: "sure", priority: 1, kind: "reliable" }]);
    const named = refs[0] as ActorRef<Collector>;
    const ref = (sender.registry.lookup("collector 0") as ActorRef<Collector>).with({ channel: "sure" });
    for (let number = 0; number < 100; number++) {
      ref.tell.keep(number);
      if (number % 30 !== 10) continue;
      (number % 60 === 10 ? sender : receiver).transport
        .link(number % 60 === 10 ? "receiver" : "sender")
        ?.close(4999, "");
      await eventually(() => named.ask.kept());
    }
    await eventually(async () => {
      expect(await named.ask.kept()).toEqual(Array.from({ length: 100 }, (_, number) => number));
    });
  });

  test("of the monotonic kind bring the newest state only, and every ask", async () => {
    const { refs, sender } = await pair([control, { name: "state", priority: 1, kind: "monotonic" }], 2);
    const [first, second] = refs.map((ref) => ref.with({ channel: "state" })) as [
      ActorRef<Collector>,
      ActorRef<Collector>,
    ];
    const asked: Promise<unknown>[] = [];
    for (let number = 1; number <= 40; number++) {
      first.tell.keep(number);
      first.tell.note(-number);
      second.tell.keep(number);
      asked.push(first.ask.kept());
    }
    await Promise.all(asked);
    await eventually(async () => {
      expect(((await first.ask.kept()) as number[]).toSorted((a, b) => a - b)).toEqual([-40, 40]);
      expect(await second.ask.kept()).toEqual([40]);
    });
    expect(sender.transport.stats().channels.state?.dropped).toBe(39 * 3);
  });
});

describe("backpressure", () => {
  const small = { queueBytesMax: 200_000, messageBytesMax: 100_000 };

  test("a full channel refuses in the sender's call; the others take more, and nothing grows [T1]", async () => {
    const { refs, sender } = await pair([control, { name: "bulk", priority: 1, ...small }]);
    const [ref] = refs as [ActorRef<Collector>];
    const bulk = ref.with({ channel: "bulk" });
    const block = Buffer.alloc(10_000);
    let accepted = 0;
    const refused: unknown[] = [];
    for (let sent = 0; sent < 1000; sent++) {
      try {
        bulk.tell.keep(block);
        accepted++;
      } catch (error) {
        refused.push((error as { code: string }).code);
      }
    }
    expect(accepted).toBeLessThan(25);
    expect(new Set(refused)).toEqual(new Set(["overloaded"]));
    const stats = sender.transport.link("receiver")?.stats().channels.bulk;
    expect(stats?.queuedBytes).toBeLessThanOrEqual(small.queueBytesMax);
    expect(stats?.refused).toBe(refused.length);
    await expect(bulk.ask.keep(block)).rejects.toMatchObject({ code: "overloaded" });
    await eventually(async () => expect(await ref.ask.kept()).toHaveLength(accepted));
  });

  test("who waits with ready() is never refused, and everything arrives in order", async () => {
    const { refs } = await pair([control, { name: "bulk", priority: 1, ...small }]);
    const bulk = (refs[0] as ActorRef<Collector>).with({ channel: "bulk" });
    for (let number = 0; number < 300; number++) {
      await bulk.ready();
      bulk.tell.keep([number, Buffer.alloc(20_000)]);
    }
    const kept = (await bulk.ask.kept()) as [number][];
    expect(kept.map(([number]) => number)).toEqual(Array.from({ length: 300 }, (_, number) => number));
  });

  test("ready() waits for room in the mailbox of an actor of the same node, and not for one that has ended", async () => {
    nodes = new MemoryNodes();
    const node = await nodes.start("alone");
    const ref = node.spawn(Slow, { mailbox: { capacity: 3 } });
    for (let number = 0; number < 20; number++) {
      await ref.ready();
      ref.tell.take(number);
    }
    await ref.ready();
    expect(await ref.ask.taken()).toEqual(Array.from({ length: 20 }, (_, number) => number));
    const stuck = node.spawn(Slow, { mailbox: { capacity: 1 } });
    stuck.tell.never();
    await eventually(async () => stuck.tell.take(1));
    await expect(stuck.with({ timeoutMs: 20 }).ready()).rejects.toMatchObject({ code: "timeout" });
    const ready = stuck.ready();
    await node.system.stopActor(stuck, "shutdown", 0);
    await ready;
  });

  test("ready() of an actor that is not linked, or over a channel that is none, says so", async () => {
    const { refs, sender, receiver } = await pair([control]);
    const [ref] = refs as [ActorRef<Collector>];
    expect(() => ref.with({ channel: "none" })).toThrow(expect.objectContaining({ code: "invalidOption" }));
    await ref.ready();
    const remote = sender.registry.lookup("collector 0") as ActorRef<Collector>;
    await receiver.stop();
    await eventually(async () => expect(sender.transport.link("receiver")).toBeUndefined());
    await expect(remote.ready()).rejects.toMatchObject({ code: "nodedown" });
  });
});

describe("reliable channels in a network with faults", () => {
  const channels = [control, { name: "sure", priority: 1, kind: "reliable" as const, connections: 2 }];

  test.each([1, 2, 3, 4, 5, 6])("bring every message once and in order, seed %i [T7]", async (seed) => {
    const world = new World({ seed });
    const { node: receiver } = await world.start("receiver", { channels });
    const { node: sender } = await world.start("sender", { channels });
    await world.until(() => sender.members().length === 2);
    const kept: ActorRef<Collector>[] = [];
    for (const name of ["one", "two", "three"]) {
      receiver.spawn(Collector, { name });
      await world.until(() => sender.registry.lookup(name) !== undefined);
      kept.push((sender.registry.lookup(name) as ActorRef<Collector>).with({ channel: "sure" }));
    }
    for (let number = 0; number < 120; number++) {
      for (const ref of kept) ref.tell.keep(number);
      await world.advance(1 + ((number * seed) % 17));
      // Also in the middle of frames, and where one side notices later than the other.
      if (number % 20 === 7) world.cut("sender", "receiver");
      if (number % 40 === 19) {
        world.partition(["sender"], ["receiver"]);
        await world.advance(100 * seed);
        world.heal();
      }
    }
    const expected = Array.from({ length: 120 }, (_, number) => number);
    await world.until(() => sender.transport.link("receiver") !== undefined, 20_000);
    await world.until(() => sender.transport.stats().channels.sure?.queuedBytes === 0, 20_000);
    for (const ref of kept) expect(await world.settle(ref.ask.kept())).toEqual(expected);
    expect(world.deaths).toEqual([]);
  });
});

describe("the round trip that a link states for a channel", () => {
  test("follows the way: it grows with its delay, and shrinks again", async () => {
    const world = new World({ seed: 3 });
    const { node: receiver } = await world.start("receiver");
    const { node: sender } = await world.start("sender");
    receiver.spawn(Collector, { name: "collector" });
    await world.until(() => sender.registry.lookup("collector") !== undefined);
    const events = sender.actor<Collector>("collector").with({ channel: "events" });
    const tripMs = async (delayMs: number): Promise<number> => {
      world.delay({ delayMs });
      for (let sent = 0; sent < 40; sent++) {
        events.tell.keep(new Uint8Array(200_000));
        await world.settle(events.ask.size());
      }
      return sender.transport.link("receiver")?.stats().channels.events?.roundTripMs ?? Number.NaN;
    };
    expect(await tripMs(50)).toBeGreaterThanOrEqual(100);
    expect(await tripMs(5)).toBeLessThan(50);
    expect(sender.transport.stats().channels.telemetry?.roundTripMs).toBeUndefined();
  });
});
