// `static channel` and `static channels`: an actor says on which channels messages to it come from other nodes.
import { ActorSystem } from "@foundation/actor";
import { Actor, type ActorRef, type FoundationOptions, type Node } from "@foundation/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";
import { until } from "./support/until.ts";

/** Keeps the numbers that it is told, with padding of any size. */
class Collector extends Actor {
  readonly #numbers: number[] = [];

  keep(number: number, _padding?: Buffer): void {
    this.#numbers.push(number);
  }

  note(number: number, _padding?: Buffer): void {
    this.#numbers.push(number);
  }

  kept(_padding?: Buffer): number[] {
    return this.#numbers;
  }

  async *count(_padding?: Buffer): AsyncGenerator<number> {
    yield 1;
  }

  protected override receive(): void {
    this.#numbers.push(-1);
  }
}

class OnEvents extends Collector {
  static readonly channel = "events";
}

class OnMany extends Collector {
  static readonly channel = "events";
  static readonly channels = { note: "data", count: "telemetry", receive: "gossip" };
}

class OnNotes extends Collector {
  static readonly channels = { note: "telemetry" };
}

class OnState extends Collector {
  static readonly channels = { keep: "state" };
}

class OnSure extends Collector {
  static readonly channel = "sure";
}

/** Gives away a ref to an actor that has no name. */
class Keeper extends Actor {
  readonly #ref: ActorRef<Collector>;

  constructor(ref: ActorRef<Collector>) {
    super();
    this.#ref = ref;
  }

  ref(): ActorRef<Collector> {
    return this.#ref;
  }
}

const control = { name: "control", priority: 0, eager: true };
const padding = Buffer.alloc(20_000);

let nodes: MemoryNodes;
afterEach(() => nodes?.[Symbol.asyncDispose]());

/** Two linked nodes. */
async function pair(options: FoundationOptions = {}): Promise<{ sender: Node; receiver: Node }> {
  nodes = new MemoryNodes();
  const receiver = await nodes.start("receiver", [], options);
  const sender = await nodes.start("sender", [receiver], options);
  await sender.ready({ size: 2 });
  return { sender, receiver };
}

async function named<A extends Actor>(node: Node, name: string): Promise<ActorRef<A>> {
  await until(() => node.registry.lookup(name) !== undefined);
  return node.actor<A>(name);
}

/** The channels to `receiver` on which `work` sends at least one message with padding. */
async function channelsTaken(sender: Node, work: () => unknown): Promise<string[]> {
  const channels = () => Object.entries(sender.transport.link("receiver")?.stats().channels ?? {});
  const sent = async (): Promise<[string, number][]> => {
    await until(() => channels().every(([, { queuedBytes }]) => queuedBytes === 0));
    return channels().map(([name, { bytesOut }]) => [name, bytesOut]);
  };
  const before = new Map(await sent());
  await work();
  return (await sent()).flatMap(([name, bytes]) => (bytes - (before.get(name) ?? 0) >= padding.length ? [name] : []));
}

describe("the channel of a class", () => {
  test("is taken by tells, asks and streams to an actor by name", async () => {
    const { sender, receiver } = await pair();
    receiver.spawn(OnEvents, { name: "collector" });
    const ref = await named<OnEvents>(sender, "collector");
    expect(await channelsTaken(sender, () => ref.tell.keep(1, padding))).toEqual(["events"]);
    expect(await channelsTaken(sender, () => ref.tell.keep(2, Buffer.alloc(1_000_000)))).toEqual(["events"]);
    expect(await channelsTaken(sender, () => ref.ask.kept(padding))).toEqual(["events"]);
    expect(await channelsTaken(sender, () => ref.send(padding))).toEqual(["events"]);
    const items: number[] = [];
    const read = async (): Promise<void> => {
      for await (const item of ref.stream.count(padding)) items.push(item);
    };
    expect(await channelsTaken(sender, read)).toEqual(["events"]);
    expect(items).toEqual([1]);
    expect(await ref.ask.kept()).toEqual([1, 2, -1]);
  });

  test("comes after that of the method, and that after the call's own", async () => {
    const { sender, receiver } = await pair();
    receiver.spawn(OnMany, { name: "many" });
    receiver.spawn(OnNotes, { name: "notes" });
    const many = await named<OnMany>(sender, "many");
    const notes = await named<OnNotes>(sender, "notes");
    const taken = (work: () => unknown): Promise<string[]> => channelsTaken(sender, work);
    expect(await taken(() => many.tell.keep(1, padding))).toEqual(["events"]);
    expect(await taken(() => many.tell.note(1, padding))).toEqual(["data"]);
    expect(await taken(() => many.send(padding))).toEqual(["gossip"]);
    expect(await taken(() => many.with({ timeoutMs: 100 }).tell.note(1, padding))).toEqual(["data"]);
    expect(await taken(() => many.with({ channel: "control" }).tell.note(1, padding))).toEqual(["control"]);
    expect(await taken(() => many.stream.count(padding)[Symbol.asyncIterator]().next())).toEqual(["telemetry"]);
    expect(await taken(() => notes.tell.note(1, padding))).toEqual(["telemetry"]);
    // What the class says nothing of goes where it would go anyway.
    expect(await taken(() => notes.tell.keep(1, padding))).toEqual(["control"]);
    expect(await taken(() => notes.tell.keep(1, Buffer.alloc(100_000)))).toEqual(["data"]);
  });

  test("is known to whoever got a ref in a message, also through a third node", async () => {
    const { sender, receiver } = await pair();
    const between = await nodes.start("between", [sender, receiver]);
    await sender.ready({ size: 3 });
    const nameless = receiver.spawn(OnEvents);
    receiver.spawn(Keeper, { name: "first", args: [nameless] });
    const got = await (await named<Keeper>(between, "first")).ask.ref();
    expect(await channelsTaken(between, () => got.tell.keep(1, padding))).toEqual(["events"]);
    between.spawn(Keeper, { name: "second", args: [got] });
    const passedOn = await (await named<Keeper>(sender, "second")).ask.ref();
    expect(await channelsTaken(sender, () => passedOn.tell.keep(2, padding))).toEqual(["events"]);
    expect(await passedOn.ask.kept()).toEqual([1, 2]);
  });

  test("is that of a singleton as well", async () => {
    nodes = new MemoryNodes();
    const receiver = await nodes.start("receiver");
    await receiver.singleton("one", OnEvents);
    const sender = await nodes.start("sender", [receiver]);
    const ref = await named<OnEvents>(sender, "one");
    expect(await channelsTaken(sender, () => ref.tell.keep(1, padding))).toEqual(["events"]);
    expect(await ref.ask.kept()).toEqual([1]);
  });

  test("keeps large and small messages of one sender in order", async () => {
    const { sender, receiver } = await pair();
    receiver.spawn(OnEvents, { name: "collector" });
    const ref = await named<OnEvents>(sender, "collector");
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    for (const number of numbers) ref.tell.keep(number, Buffer.alloc(number % 3 === 0 ? 300_000 : 10));
    expect(await ref.ask.kept()).toEqual(numbers);
  });

  test("is what ready() waits for", async () => {
    const small = { queueBytesMax: 100_000, messageBytesMax: 50_000 };
    const { sender, receiver } = await pair({ channels: [control, { name: "state", priority: 1, ...small }] });
    receiver.spawn(OnState, { name: "collector" });
    const ref = await named<OnState>(sender, "collector");
    for (let number = 0; number < 100; number++) {
      await ref.ready();
      ref.tell.keep(number, padding);
    }
    await until(() => sender.transport.stats().channels.state?.queuedBytes === 0);
    expect(await ref.ask.kept()).toHaveLength(100);
    expect(sender.transport.stats().channels.state).toMatchObject({ refused: 0, dropped: 0 });
  });

  test("may be a monotonic or a reliable one, with all that this means", async () => {
    const { sender, receiver } = await pair({
      channels: [
        control,
        { name: "state", priority: 1, kind: "monotonic" },
        { name: "sure", priority: 2, kind: "reliable" },
      ],
    });
    receiver.spawn(OnState, { name: "state" });
    receiver.spawn(OnSure, { name: "sure" });
    const state = await named<OnState>(sender, "state");
    await named<OnSure>(sender, "sure");
    for (let number = 1; number <= 20; number++) state.tell.keep(number);
    await until(() => sender.transport.stats().channels.state?.messagesOut === 1);
    expect(sender.transport.stats().channels.state?.dropped).toBe(19);
    // Not by name: a name of a node that is not linked waits for its next owner.
    const sure = sender.registry.lookup("sure") as ActorRef<OnSure>;
    sender.transport.link("receiver")?.close(4999, "cut by the test");
    sure.tell.keep(1);
    await until(() => sender.transport.link("receiver") !== undefined);
    await until(() => sender.transport.stats().channels.sure?.queuedBytes === 0);
    expect(await sure.ask.kept()).toEqual([1]);
  });
});

describe("a class that names a channel", () => {
  const channels = [control, { name: "bulk", priority: 1 }];
  const message = /the static channel of OnEvents is "events", which this node does not have; it has control, bulk/;

  test("is refused where the node does not have it: by a spawn, as a singleton, and at the node's start", async () => {
    nodes = new MemoryNodes();
    const node = await nodes.start("alone", [], { channels });
    const refusal = { code: "invalidOption", message: expect.stringMatching(message) };
    expect(() => node.spawn(OnEvents, { name: "one" })).toThrow(expect.objectContaining(refusal));
    expect(node.registry.lookup("one")).toBeUndefined();
    await expect(node.singleton("two", OnEvents)).rejects.toMatchObject(refusal);
    await expect(nodes.start("other", [], { channels, actors: [OnEvents] })).rejects.toMatchObject({
      code: "invalidOptions",
      message: expect.stringMatching(/^the options are not usable: actors: the static channel of OnEvents is "events"/),
    });
    const ofMethod = /static channels of OnNotes for note\(\) is "telemetry"/;
    expect(() => node.spawn(OnNotes)).toThrow(ofMethod);
  });

  test("is refused to those who call from a node without it, unless they name another one", async () => {
    nodes = new MemoryNodes();
    const receiver = await nodes.start("receiver", [], { channels: [control, { name: "events", priority: 1 }] });
    const sender = await nodes.start("sender", [receiver], { channels });
    receiver.spawn(OnEvents, { name: "collector" });
    const ref = await named<OnEvents>(sender, "collector");
    expect(() => ref.tell.keep(1)).toThrow(expect.objectContaining({ code: "unknownChannel" }));
    await expect(ref.ask.kept()).rejects.toMatchObject({ code: "unknownChannel" });
    ref.with({ channel: "control" }).tell.keep(2);
    expect(await ref.with({ channel: "control" }).ask.kept()).toEqual([2]);
  });

  test("may name any where there are no other nodes, but only for methods that it has", async () => {
    await using system = new ActorSystem();
    class OnNowhere extends Collector {
      static readonly channel = "nowhere";
    }
    const ref = system.spawn(OnNowhere);
    ref.tell.keep(1);
    expect(await ref.ask.kept()).toEqual([1]);
    class OnNothing extends Collector {
      static readonly channels = { keeep: "data" };
    }
    expect(() => system.spawn(OnNothing)).toThrow(/OnNothing names keeep\(\) in a static, and has no such method/);
    class OnTooMany extends Collector {
      static readonly channels = Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`method${at}`, "data"]));
    }
    expect(() => system.spawn(OnTooMany)).toThrow(/channels for 257 methods; 256 are allowed/);
  });
});

describe("[X12] a channel that a call names and the node does not have", () => {
  const channels = [control, { name: "bulk", priority: 1 }];
  const says = (advice: string) =>
    expect.objectContaining({
      code: "invalidOption",
      message: expect.stringMatching(
        new RegExp(`^with\\(\\): channel is "\\w*", which this node does not have; ${advice}$`),
      ),
    });

  test("is refused alike wherever the actor lives, and whatever kind of ref it is", async () => {
    const { sender, receiver } = await pair({ channels });
    receiver.spawn(Collector, { name: "there" });
    const remote = await named<Collector>(sender, "there");
    sender.spawn(Collector, { name: "here" });
    const refs: Record<string, ActorRef<Collector>> = {
      local: sender.spawn(Collector),
      "of a name of this node": sender.actor("here"),
      "of a name of nobody": sender.actor("nobody"),
      "of a name of another node": remote,
      "of an actor of another node": sender.registry.lookup("there") as ActorRef<Collector>,
      "with options already": sender.spawn(Collector).with({ timeoutMs: 100 }),
    };
    for (const [kind, ref] of Object.entries(refs)) {
      expect(() => ref.with({ channel: "bulkk" }), kind).toThrow(says("did you mean bulk\\?"));
      expect(() => ref.with({ channel: "BULK" }), kind).toThrow(says("did you mean bulk\\?"));
      expect(() => ref.with({ timeoutMs: 5, channel: "events" }), kind).toThrow(says("it has control, bulk"));
      expect(() => ref.with({ channel: "" }), kind).toThrow(says("it has control, bulk"));
      expect(ref.with({ channel: "bulk" }), kind).toBeDefined();
    }
    expect(await refs.local?.with({ channel: "bulk" }).ask.kept()).toEqual([]);
  });

  test("is no matter where there are no other nodes", async () => {
    await using system = new ActorSystem();
    expect(await system.spawn(Collector).with({ channel: "any" }).ask.kept()).toEqual([]);
  });

  test("is told to a class with the one that was meant, too", async () => {
    const { sender } = await pair({ channels });
    class OnBulkk extends Collector {
      static readonly channel = "bulkk";
    }
    expect(() => sender.spawn(OnBulkk)).toThrow(
      'the static channel of OnBulkk is "bulkk", which this node does not have; did you mean bulk?',
    );
  });
});

describe("what a peer says of the channels of an actor", () => {
  test("is no more than names: methods that every object has are not found in it", async () => {
    const { sender, receiver } = await pair();
    const { messages } = sender.membership;
    const address = receiver.membership.messages.addressOf(receiver.spawn(Collector) as unknown as ActorRef);
    if (address === undefined) throw new Error("a local actor has an address");
    const ref = messages.ref(address, { channels: { keep: "events" } }) as ActorRef<Collector>;
    expect(await channelsTaken(sender, () => ref.tell.keep(1, padding))).toEqual(["events"]);
    const odd = ref as unknown as ActorRef<{ constructor(): void; toString(): void }>;
    await expect(odd.ask.toString()).rejects.toMatchObject({ code: "badMessage" });
  });
});
