// What is left of a node that has stopped: nothing, and it says so.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ActorSystem, silentLog, systemRuntime, type TimerOptions } from "@foundation/actor";
import { Cluster } from "@foundation/cluster";
import type { DiscoveryStrategy } from "@foundation/discovery";
import { Actor, Foundation, type FoundationOptions, type Node, type Runtime, type Timer } from "@foundation/runtime";
import { WebSocketTransport } from "@foundation/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { membershipMessageSchema } from "../packages/cluster/src/view/membership-message.ts";
import { read } from "./support/pages.ts";

class Counter extends Actor {
  #count = 0;
  increment(): number {
    return ++this.#count;
  }
  never(): Promise<number> {
    return new Promise(() => {});
  }
}
class Slow extends Actor {
  protected override onStart(): Promise<void> {
    return new Promise(() => {});
  }
}
class Undeclared extends Actor {}

/** The real world, which knows what timers are pending, and where they were set. */
class ObservedRuntime {
  readonly pending = new Map<object, string>();
  readonly runtime: Runtime;
  #isFrozen = false;

  constructor() {
    const real = systemRuntime({ log: silentLog });
    this.runtime = {
      ...real,
      setTimer: (delayMs, callback, options) => this.#setTimer(real, { delayMs, callback, options }),
    };
  }

  /** Time stands still from now on: what is not cancelled stays pending. */
  freeze(): void {
    this.#isFrozen = true;
  }

  #setTimer(
    real: Runtime,
    { delayMs, callback, options }: { delayMs: number; callback: () => void; options: TimerOptions | undefined },
  ): Timer {
    const key = {};
    const fire = (): void => {
      if (this.#isFrozen) return;
      this.pending.delete(key);
      callback();
    };
    const timer = real.setTimer(delayMs, fire, options);
    this.pending.set(key, `${delayMs} ms ${new Error().stack?.split("\n").slice(3, 6).join(" ")}`);
    return {
      cancel: () => {
        this.pending.delete(key);
        timer.cancel();
      },
    };
  }
}

/** A busy machine takes its time. */
const patience = { timeout: 10_000 };

let directory: string;
const nodes: Node[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "stopped-"));
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop(100)));
  await rm(directory, { recursive: true, force: true });
});

async function start(name: string, options: FoundationOptions = {}): Promise<Node> {
  const node = await Foundation.start({ name, directory: join(directory, "private"), logLevel: "silent", ...options });
  nodes.push(node);
  return node;
}

type Calls = Record<string, (node: Node) => unknown>;
const parts = ["node", "system", "membership", "registry", "supervisor", "transport"] as const;
type Part = (typeof parts)[number];

/** Every method of a node and its parts. Those that are left out answer as before, each for the reason given. */
const calls: Record<Part, Calls> = {
  node: {
    members: (node) => node.members(),
    ready: (node) => node.ready({ size: 1 }),
    spawn: (node) => node.spawn(Counter),
    singleton: (node) => node.singleton("counter", Counter),
    actor: (node) => node.actor("counter"),
    tree: (node) => node.tree(),
    send: (node) => node.send("counter", 1),
  },
  system: {
    spawn: (node) => node.system.spawn(Counter),
    spawnFrom: (node) => node.system.spawnFrom(undefined, Counter),
  },
  membership: {
    members: (node) => node.membership.members(),
    member: (node) => node.membership.member(node.name),
    ready: (node) => node.membership.ready({ size: 1 }),
    start: (node) => node.membership.start(),
    "events.on": (node) => node.membership.events.on("memberUp", () => {}),
    "events.once of node:events": (node) => once(node.membership.events, "memberDown"),
    refKind: (node) => node.membership.refKind({ is: () => false, encode: () => undefined, decode: () => undefined }),
    addPart: (node) => node.membership.addPart({ name: "late" }),
    protocol: (node) => node.membership.protocol({ name: "late", schema: membershipMessageSchema, receive() {} }),
  },
  registry: {
    register: (node) => node.registry.register("late", node.registry.ref("counter")),
    assertFree: (node) => node.registry.assertFree("late"),
    unregister: (node) => node.registry.unregister("counter"),
    lookup: (node) => node.registry.lookup("counter"),
    owner: (node) => node.registry.owner("counter"),
    owners: (node) => node.registry.owners(),
    ref: (node) => node.registry.ref("counter"),
    "events.once": (node) => node.registry.events.once("registered", () => {}),
    follow: (node) => node.registry.follow({ taken() {}, freed() {}, synced() {} }),
  },
  supervisor: {
    declare: (node) => node.supervisor.declare(Undeclared),
    singleton: (node) => node.supervisor.singleton("late", Counter),
    remove: (node) => node.supervisor.remove("counter"),
    singletons: (node) => node.supervisor.singletons(),
  },
  transport: {
    start: (node) => node.transport.start(),
    connect: (node) => node.transport.connect({ host: "127.0.0.1", port: 1 }),
    rejoin: (node) => node.transport.rejoin(Number.MAX_SAFE_INTEGER),
    rotateSecret: (node) => node.transport.rotateSecret("another secret of the tests"),
    // Its own fault, or none: what matters first is that there is no node.
    "rotateSecret to a wrong one": (node) => node.transport.rotateSecret("short"),
    reloadTls: (node) => node.transport.reloadTls(),
  },
};
const leftOut: Record<Part, readonly string[]> = {
  // Done already.
  node: ["stop"],
  // Done already; about actors, all of which have ended; or for the runtime itself.
  system: [
    ...["stop", "beginStop", "stopActor", "whenStarted", "cell", "cellOf", "tree", "protocolOf", "checkClass"],
    ...["beforeExitSignals", "deadLetter", "gaveUp", "killAll", "lostWithItsActor"],
    ...["removed", "takeTurn", "tellCrash"],
  ],
  // Done already, or for the parts of a node among themselves.
  membership: ["stop", "leave", "hasDeparted"],
  registry: ["reserve", "release", "isExpected", "isSyncedWith"],
  supervisor: ["leave", "stop"],
  // Done already; says that there are no links, and what was counted; or for the parts of a node among themselves.
  transport: ["close", "link", "linkAt", "links", "stats", "messageBytesMax", "sendLater", "forget", "messageRefused"],
};
/** What a node and its parts are made of besides `parts`: nothing that a program changes a node with. */
const leftOutParts: Record<string, string> = {
  "system.scheduler": "internal",
  "system.deadlines": "internal",
  "system.knownChannels": "internal",
  "system.storms": "internal",
  "membership.messages": "for the parts of a node among themselves",
  "membership.clock": "internal",
  "membership.view": "internal",
  "membership.events": "listeners: there is nothing more to tell",
  "registry.events": "listeners: there is nothing more to tell",
  "registry.parked": "for the parts of a node among themselves",
};

/** The objects that have methods of their own and that a program gets from `owner`, by name. */
function partsOf(owner: object): [name: string, part: object][] {
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(owner)));
  const names = new Set([...Object.keys(owner), ...getters.filter(([, { get }]) => get).map(([name]) => name)]);
  const values = [...names].map((name) => [name, Reflect.get(owner, name)] as const);
  const isPart = (value: unknown): value is object =>
    typeof value === "object" &&
    value !== null &&
    ![Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));
  return values.flatMap(([name, value]) => (isPart(value) ? [[name, value]] : []));
}

function methodsOf(part: object): string[] {
  const prototype = Object.getPrototypeOf(part);
  const all = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return all.filter(([name, { value }]) => name !== "constructor" && typeof value === "function").map(([name]) => name);
}

const sources: Record<Part, string> = {
  node: "packages/foundation/src/node.ts",
  system: "packages/actor/src/system/actor-system.ts",
  membership: "packages/cluster/src/cluster.ts",
  registry: "packages/registry/src/registry.ts",
  supervisor: "packages/supervision/src/distributed-supervisor.ts",
  transport: "packages/transport/src/endpoint/endpoint.ts",
};

const partOf = (node: Node, part: Part): object => (part === "node" ? node : node[part]);
const each = Object.entries(calls).flatMap(([part, methods]) =>
  Object.entries(methods).map(([name, call]) => [`${part}.${name}`, call] as const),
);

describe("[Y16] a node that has stopped", () => {
  it.each(each)("answers `stopped` at once to %s()", async (name, call) => {
    const { runtime, pending } = new ObservedRuntime();
    const node = await start("a", { cluster: "none", runtime });
    const counter = await node.singleton("counter", Counter);
    await counter.ask.increment();
    await node.stop();
    const before = pending.size;
    await expect((async () => call(node))()).rejects.toMatchObject({
      // A system has no node, and a code of its own.
      code: name.startsWith("system.") ? "systemStopped" : "stopped",
      message: expect.stringContaining(name.startsWith("system.") ? "a has stopped" : "node a"),
    });
    expect([before, pending.size]).toEqual([0, 0]);
  });

  it("has no part whose methods were not looked at", async () => {
    const node = await start("a", { cluster: "none" });
    const known = new Set(parts.map((part) => partOf(node, part)));
    const inner = parts.flatMap((part) =>
      partsOf(partOf(node, part)).flatMap(([name, value]) => (known.has(value) ? [] : [`${part}.${name}`])),
    );
    expect(inner.toSorted(), "each is one of `parts`, or there is a reason why not (`leftOutParts`)").toEqual(
      Object.keys(leftOutParts).toSorted(),
    );
  });

  it.each(parts)("has no method of its %s that was not looked at", async (part) => {
    const node = await start("a", { cluster: "none" });
    const internal = [...(await read(sources[part])).matchAll(/@internal [^/]*\*\/\s+(?:async )?(\w+)/g)].map(
      ([, name]) => name,
    );
    const known = [...Object.keys(calls[part]), ...leftOut[part], ...internal];
    const others = methodsOf(partOf(node, part)).filter((name) => !known.includes(name));
    expect(others, "each answers `stopped` (list it in `calls`), or there is a reason why not (`leftOut`)").toEqual([]);
  });

  it("answers at once what was asked of it before, and through refs that were made before", async () => {
    const { runtime, pending } = new ObservedRuntime();
    const a = await start("a", { runtime });
    const b = await start("b");
    await Promise.all([a.ready({ size: 2 }), b.ready({ size: 2 })]);
    const counter = await a.singleton("counter", Counter);
    b.spawn(Counter, { name: "remote" });
    await expect.poll(() => a.registry.lookup("remote"), patience).toBeDefined();
    const ref = a.registry.lookup<Counter>("remote");
    const open = {
      ready: a.ready({ size: 9 }),
      singleton: a.singleton("slow", Slow, { timeoutMs: 60_000 }),
      ask: ref?.with({ timeoutMs: 60_000 }).ask.never(),
      parked: a.actor<Slow & Counter>("slow").with({ timeoutMs: 60_000 }).ask.increment(),
    };
    const outcomes = Promise.allSettled(Object.values(open));
    await a.stop(100);
    const codes = (await outcomes).map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : outcome));
    expect(codes).toEqual(["stopped", "stopped", "nodedown", "noproc"]);
    expect(pending.size).toBe(0);
    await expect(counter.ask.increment()).rejects.toMatchObject({ code: "stopped" });
    await expect(ref?.ask.increment()).rejects.toMatchObject({ code: "nodedown" });
    counter.tell.increment();
    expect([...pending.values()]).toEqual([]);
    expect(await b.spawn(Counter).ask.increment()).toBe(1);
  });

  it("leaves no timer, handle or listener", async () => {
    const listeners = (): unknown => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const handles = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => /^(TCP|FSEvent|FSReq)/.test(kind));
    const before = listeners();
    // Those of earlier tests are closing.
    await expect.poll(handles, patience).toEqual([]);
    const worlds = ["a", "b", "c"].map((name) => ({ name, ...new ObservedRuntime() }));
    const started = await Promise.all(worlds.map(({ name, runtime }) => start(name, { runtime })));
    await Promise.all(started.map((node) => node.ready({ size: 3 })));
    const counters = await Promise.all(started.map((node) => node.singleton("counter", Counter)));
    await Promise.all(counters.map((counter) => counter.ask.increment()));
    expect(handles().length).toBeGreaterThan(0);
    for (const node of started) await node.stop();
    expect(worlds.map(({ name, pending }) => [name, ...pending.values()])).toEqual([["a"], ["b"], ["c"]]);
    expect(listeners()).toEqual(before);
    await expect.poll(handles, patience).toEqual([]);
  });

  it("leaves nothing either when it could not start", async () => {
    const taken = await start("taken", { cluster: "none" });
    const listeners = (): unknown => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const before = listeners();
    const { runtime, pending } = new ObservedRuntime();
    const { port } = taken.transport.address;
    await expect(start("b", { cluster: "none", port, runtime })).rejects.toMatchObject({ code: "addressInUse" });
    const failing = { ...quiet(), announce: () => Promise.reject(new Error("no place")) };
    await expect(start("b", { discovery: [failing], runtime })).rejects.toThrow("no place");
    const channels = [{ name: "bulk", priority: 1 }];
    await expect(start("b", { channels, runtime })).rejects.toMatchObject({ code: "invalidOptions" });
    // Refused by a part of the node, when others are there already.
    class OnNone extends Actor {
      static readonly channel = "none";
    }
    await expect(start("b", { actors: [OnNone], runtime })).rejects.toMatchObject({ code: "invalidOptions" });
    expect([...pending.values()]).toEqual([]);
    expect(listeners()).toEqual(before);
  });

  it("leaves nothing when it is stopped while it starts: dials are repeated, discovery does not answer", async () => {
    const { host, port } = (await start("twin", { cluster: "none", secret: "a secret of the tests" })).transport
      .address;
    const world = new ObservedRuntime();
    const { runtime, pending } = world;
    const cluster = newCluster("twin", runtime, [
      { ...quiet(), discover: async () => [{ host, port }] },
      { ...quiet(), discover: () => new Promise(() => {}) },
    ]);
    const starting = cluster.start();
    const isPausing = (): boolean => [...pending.values()].some((where) => where.includes("PeerDialer"));
    const freezeInPause = (): boolean => {
      if (isPausing()) world.freeze();
      return isPausing();
    };
    await expect.poll(freezeInPause, { ...patience, interval: 5 }).toBe(true);
    const outcome = expect(starting).rejects.toMatchObject({ code: "stopped" });
    await Promise.all([cluster.stop(), outcome]);
    await cluster.system.stop();
    expect([...pending.values()]).toEqual([]);
  });

  it("does its further steps, too, when one of them fails", async () => {
    const { runtime, pending } = new ObservedRuntime();
    const node = await start("a", { runtime });
    node.supervisor.leave = () => Promise.reject(new Error("it will not go"));
    await expect(node.stop()).rejects.toThrow("it will not go");
    nodes.length = 0;
    expect([...pending.values()]).toEqual([]);
    expect(() => node.members()).toThrow(expect.objectContaining({ code: "stopped" }));
  });
});

describe("[V12] discovery", () => {
  it("is not listened to after stop, nor asked", async () => {
    const listeners = new Set<() => void>();
    let asked = 0;
    const strategy: DiscoveryStrategy = {
      ...quiet(),
      discover: async () => {
        asked++;
        return [];
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const { runtime, pending } = new ObservedRuntime();
    const node = await start("a", { cluster: "none", discovery: [strategy], runtime });
    const [listener] = listeners;
    expect(listener).toBeDefined();
    const before = asked;
    listener?.();
    await expect.poll(() => asked, patience).toBeGreaterThan(before);
    await node.stop();
    expect(listeners.size).toBe(0);
    // A strategy that tells all the same is not asked: nothing that could do so is pending.
    const atStop = asked;
    listener?.();
    expect([asked, pending.size]).toEqual([atStop, 0]);
  });

  it("is not listened to when the node is stopped while it announces itself", async () => {
    const listeners = new Set<() => void>();
    const announcing = Promise.withResolvers<void>();
    const isAnnouncing = Promise.withResolvers<void>();
    const strategy: DiscoveryStrategy = {
      ...quiet(),
      announce: () => {
        isAnnouncing.resolve();
        return announcing.promise;
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const { runtime, pending } = new ObservedRuntime();
    const cluster = newCluster("a", runtime, [strategy]);
    const starting = cluster.start();
    await isAnnouncing.promise;
    const stopping = cluster.stop();
    announcing.resolve();
    await Promise.all([starting.catch(() => {}), stopping]);
    await cluster.system.stop();
    expect(listeners.size).toBe(0);
    expect([...pending.values()]).toEqual([]);
  });
});

/** The part of a node that can be stopped before it has started. */
function newCluster(name: string, runtime: Runtime, discovery: DiscoveryStrategy[]): Cluster {
  return new Cluster({
    system: new ActorSystem({ name, runtime }),
    transport: new WebSocketTransport({ runtime }),
    cluster: "default",
    secret: "a secret of the tests",
    listen: { host: "127.0.0.1", port: 0 },
    discovery,
  });
}

function quiet(): DiscoveryStrategy {
  return { name: "quiet", announce: async () => {}, discover: async () => [], withdraw: async () => {} };
}
