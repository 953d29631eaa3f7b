import { Actor, silentLog, systemRuntime } from "@foundation/actor";
import type { Cluster, NodeProtocol } from "@foundation/cluster";
import { Registry } from "@foundation/registry";
import { World } from "@foundation/testkit";
import { describe, expect, it, vi } from "vitest";
import { MemoryCluster } from "../packages/cluster/src/testing/memory-cluster.ts";

type Message = Readonly<Record<string, unknown>> & { readonly kind: string };

/** A member whose registry says what a test has it say. */
class Peer {
  readonly heard: Message[] = [];
  readonly #cluster: Cluster;
  readonly #protocol: NodeProtocol<Message>;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#protocol = cluster.protocol<Message>({
      name: "registry",
      schema: { safeParse: (data) => ({ success: true, data: data as Message }) },
      receive: (message) => void this.heard.push(message),
    });
  }

  /** All names, or a part of them. */
  full(version: number, names: readonly string[], { part = 0, isLast = true } = {}): void {
    this.#say({ kind: "full", version, part, isLast, registrations: names.map(registration), classes: [] });
  }

  delta(from: number, ...names: readonly string[]): void {
    const changes = names.map((name) => ({ kind: "taken", registration: registration(name) }));
    this.#say({ kind: "delta", from, changes, classes: [] });
  }

  get requests(): number {
    return this.heard.filter(({ kind }) => kind === "request").length;
  }

  #say(message: Message): void {
    const sent = { incarnation: this.#cluster.self.incarnation, ...message };
    if (!this.#protocol.send("node", sent)) throw new Error("the peer is not linked");
  }
}

function registration(name: string) {
  return { name, actorId: 1, epoch: 0, stamp: [1, 0] };
}

async function openPeer(cluster: MemoryCluster, name = "peer"): Promise<Peer> {
  const node = cluster.create(name);
  const peer = new Peer(node);
  await node.start();
  await node.ready({ size: 2 });
  return peer;
}

async function open(cluster: MemoryCluster): Promise<{ registry: Registry; node: Cluster; peer: Peer }> {
  const node = cluster.create("node");
  const registry = new Registry(node);
  await node.start();
  cluster.seed(node);
  return { registry, node, peer: await openPeer(cluster) };
}

const namesOf = (registry: Registry): string[] => [...registry.owners()].map(({ name }) => name).sort();

/** What was sent has arrived when this name has. */
async function arrived(registry: Registry, name: string): Promise<void> {
  await vi.waitFor(() => expect(registry.lookup(name)).toBeDefined(), { timeout: 10_000 });
}

describe("a registry that hears from another", () => {
  it("[V10] keeps a newer state when an older one comes", async () => {
    await using cluster = new MemoryCluster();
    const { registry, peer } = await open(cluster);
    peer.full(5, ["old", "new"]);
    peer.full(3, ["old"]);
    peer.delta(5, "after");
    await arrived(registry, "after");
    expect(namesOf(registry)).toEqual(["after", "new", "old"]);
    expect(peer.requests).toBe(0);
  });

  it("[V10] notices that changes are missing, asks for everything once, and takes none of what follows", async () => {
    await using cluster = new MemoryCluster();
    const { registry, peer } = await open(cluster);
    peer.full(1, ["one"]);
    peer.delta(2, "three");
    peer.delta(3, "four");
    await vi.waitFor(() => expect(peer.requests).toBe(1), { timeout: 10_000 });
    expect(namesOf(registry)).toEqual(["one"]);
    peer.full(4, ["one", "two", "three", "four"]);
    peer.delta(4, "five");
    await arrived(registry, "five");
    expect(namesOf(registry)).toEqual(["five", "four", "one", "three", "two"]);
    expect(peer.requests).toBe(1);
  });

  it("[V10] notices that a part of all names is missing", async () => {
    await using cluster = new MemoryCluster();
    const { registry, peer } = await open(cluster);
    peer.full(3, ["one"], { isLast: false });
    peer.full(3, ["three"], { part: 2 });
    await vi.waitFor(() => expect(peer.requests).toBe(1), { timeout: 10_000 });
    expect(namesOf(registry)).toEqual(["one"]);
  });

  it("[V10] forgets half a state of a member that goes down, and goes on with none of it", async () => {
    await using cluster = new MemoryCluster();
    const { registry, node, peer } = await open(cluster);
    peer.full(2, ["one"], { isLast: false });
    await arrived(registry, "one");
    await cluster.stop("peer");
    await vi.waitFor(() => expect(node.members()).toHaveLength(1), { timeout: 10_000 });
    expect(namesOf(registry)).toEqual([]);
    const again = await openPeer(cluster);
    again.full(2, ["two"], { part: 1 });
    again.full(2, ["three"]);
    await arrived(registry, "three");
    expect(namesOf(registry)).toEqual(["three"]);
  });
});

class Counter extends Actor {
  readonly #added: number[] = [];

  add(number: number): void {
    this.#added.push(number);
  }

  added(): readonly number[] {
    return this.#added;
  }
}

describe("names that are taken in one turn", () => {
  it("leave at its end in one go, however many there are", async () => {
    const system = systemRuntime({ log: silentLog });
    let microtasks = 0;
    const microtask = (callback: () => void): void => {
      microtasks++;
      system.microtask(callback);
    };
    await using cluster = new MemoryCluster({ ...system, microtask });
    const { registry, node, peer } = await open(cluster);
    const actor = node.system.spawn(Counter);
    const deltas = (): Message[] => peer.heard.filter(({ kind }) => kind === "delta");
    microtasks = 0;
    for (let i = 0; i < 100; i++) registry.register(`name-${i}`, actor);
    expect(microtasks).toBe(1);
    await vi.waitFor(() => expect(deltas()).toHaveLength(1), { timeout: 10_000 });
    expect(deltas()[0]?.changes).toHaveLength(100);
    // The next turn has its own.
    registry.unregister("name-0");
    await vi.waitFor(() => expect(deltas()).toHaveLength(2), { timeout: 10_000 });
  });
});

describe("messages that wait for a name", () => {
  it("[V10] are not overtaken by those sent after the name was taken", async () => {
    await using cluster = new MemoryCluster();
    const { registry, node } = await open(cluster);
    registry.reserve("counter");
    const ref = registry.ref<Counter>("counter");
    ref.tell.add(1);
    ref.tell.add(2);
    registry.register("counter", node.system.spawn(Counter), { epoch: 1 });
    // Its owner is known, and what has waited has not left yet.
    ref.tell.add(3);
    expect(await ref.ask.added()).toEqual([1, 2, 3]);
  });

  it("[V10] are sent when the link to the owner is replaced", async () => {
    const world = new World({ seed: 10 });
    const [{ node: a }, { node: b }] = await world.startAll("a", "b");
    b.registry.register("counter", b.system.spawn(Counter), { epoch: 1 });
    await world.waitUntil("a knows the name", () => a.registry.owner("counter") !== undefined);
    a.registry.reserve("counter");
    world.cut("a", "b");
    await world.waitUntil("the link is gone", () => a.transport.link("b") === undefined);
    const asked = a.actor<Counter>("counter").ask.added();
    expect(a.registry.parkedMessages).toBe(1);
    expect(await world.settle(asked)).toEqual([]);
    expect(world.deaths).toEqual([]);
  });

  it("[V10] have no deadline any more once they were sent", async () => {
    const world = new World({ seed: 11 });
    const letters: unknown[] = [];
    const { node } = await world.start("a", { onDeadLetter: (letter) => void letters.push(letter) });
    node.registry.reserve("counter");
    node.actor<Counter>("counter").tell.add(1);
    const counter = node.system.spawn(Counter);
    node.registry.register("counter", counter, { epoch: 1 });
    await world.advance(20_000);
    expect(letters).toEqual([]);
    expect(await world.settle(counter.ask.added())).toEqual([1]);
  });

  it("[V10] leave nothing behind when their asks give up", async () => {
    const world = new World({ seed: 12 });
    const { node } = await world.start("a");
    for (let i = 0; i < 100; i++) {
      node.registry.reserve(`name-${i}`);
      node
        .actor<Counter>(`name-${i}`)
        .with({ timeoutMs: 100 })
        .ask.added()
        .catch(() => {});
    }
    expect(node.registry.parkedMessages).toBe(100);
    await world.advance(1_000);
    expect(node.registry.parkedMessages).toBe(0);
  });

  it("[V10] are not those of asks that are over before they wait", async () => {
    const world = new World({ seed: 13 });
    class Busy extends Actor {
      work(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const { node } = await world.start("a");
    node.registry.reserve("busy");
    const aborted = node.actor<Busy>("busy").with({ signal: AbortSignal.abort(new Error("given up")) });
    await expect(world.settle(aborted.ask.work())).rejects.toThrow("given up");
    expect(node.registry.parkedMessages).toBe(0);
    const busy = node.system.spawn(Busy);
    node.registry.register("busy", busy, { epoch: 1 });
    const asked = ["first", "second"].map(() => node.actor<Busy>("busy").with({ timeoutMs: 100 }).ask.work());
    const outcomes = Promise.allSettled(asked);
    await world.advance(200);
    expect((await world.settle(outcomes)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    // It hands back what waits in its mailbox, of which nobody waits for an answer any more.
    node.system.cellOf(busy)?.kill();
    expect(node.registry.isExpected("busy")).toBe(true);
    expect(node.registry.parkedMessages).toBe(0);
  });
});
