// A fault that does nothing makes every simulation pass. So each kind is drawn, caused, and looked at for its effect.
import { Actor } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import {
  drawFaultRanges,
  type Fault,
  type FaultName,
  FaultScene,
  faultKind,
  SeededRandom,
  World,
} from "../../index.ts";

class Inbox extends Actor {
  take(padding: Uint8Array): number {
    return padding.length;
  }
}

/** Three nodes that are well, each with a named actor, and how to draw and cause faults of one kind among them. */
async function stage(name: FaultName) {
  const world = new World({ seed: 1 });
  const nodes = ["a", "b", "c"];
  await world.startAll("a", "b", "c");
  for (const { name: at, node } of world.nodes) node.spawn(Inbox, { name: `inbox-${at}` });
  await world.advance(1_000);
  const scene = new FaultScene(world, (each) => world.boot(each));
  const random = new SeededRandom(1, name);
  /** Draws until a fault `suits`, and causes it. @returns its details. */
  const cause = <Details>(suits: (details: Details) => boolean = () => true): Details => {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const fault: Fault = faultKind(name).draw({ random, nodes, ranges: drawFaultRanges(random) });
      if (!suits(fault.details as Details)) continue;
      expect(fault.kind).toBe(name);
      fault.cause(scene);
      return fault.details as Details;
    }
    throw new Error(`no ${name} suits in 1000 draws`);
  };
  const link = (from: string, to: string) => world.get(from).node.transport.link(to);
  /** Virtual milliseconds that one ask takes. */
  const tripMs = async (from: string, to: string, bytes = 0): Promise<number> => {
    const startedAt = world.time.now;
    const inbox = world.get(from).node.actor<Inbox>(`inbox-${to}`).with({ timeoutMs: 600_000 });
    await world.settle(inbox.ask.take(new Uint8Array(bytes)));
    return world.time.now - startedAt;
  };
  return { world, scene, cause, link, tripMs };
}

interface Pair {
  readonly a: string;
  readonly b: string;
}
interface Way {
  readonly from: string;
  readonly to: string;
}
interface OfNode {
  readonly node: string;
  readonly durationMs: number;
  readonly byMs: number;
  readonly backAfterMs?: number;
}

/** By kind: what happens to the world. */
const effects: Readonly<Record<FaultName, () => Promise<void>>> = {
  async crash() {
    const { world, cause, link } = await stage("crash");
    const { node, backAfterMs = 0 } = cause<OfNode>(({ backAfterMs }) => (backAfterMs ?? 0) > 1_000);
    expect(world.process(node).state).toBe("dead");
    const other = node === "a" ? "b" : "a";
    await world.advance(10);
    expect(link(other, node)).toBeUndefined();
    await world.advance(backAfterMs - 20);
    expect(world.nodes.map(({ name }) => name)).not.toContain(node);
    await world.until(() => world.nodes.some(({ name }) => name === node), 3_000);
  },
  async restart() {
    const { world, scene, cause } = await stage("restart");
    scene.takeDown("b", () => world.kill("b"));
    cause<OfNode>(({ node }) => node !== "b");
    await world.advance(3_000);
    expect(world.process("b").state).toBe("dead");
    cause<OfNode>(({ node }) => node === "b");
    await world.until(() => world.nodes.some(({ name }) => name === "b"), 3_000);
  },
  async powerLoss() {
    const { world, cause, link } = await stage("powerLoss");
    const { node } = cause<OfNode>(({ backAfterMs }) => backAfterMs === undefined);
    expect(world.process(node).state).toBe("dead");
    const other = node === "a" ? "b" : "a";
    await world.advance(500);
    // Unlike one that crashed, it has not said so.
    expect(link(other, node)?.isOpen).toBe(true);
    await world.until(() => link(other, node) === undefined, 10_000);
  },
  async setBack() {
    const { world, cause } = await stage("setBack");
    const before = world.process("a").wallTime();
    const { node, byMs } = cause<OfNode>((details) => details.node === "a" && (details.backAfterMs ?? 0) > 0);
    expect(world.process(node).state).toBe("dead");
    expect(byMs).toBeLessThan(0);
    const killedAt = world.time.now;
    await world.until(() => world.nodes.some(({ name }) => name === node), 12_000);
    expect(world.process(node).wallTime() - before).toBeCloseTo(world.time.now - killedAt + byMs, 3);
  },
  async pause() {
    const { world, cause } = await stage("pause");
    const { node, durationMs } = cause<OfNode>();
    // Longer than the failure detector bears.
    expect(durationMs).toBeGreaterThan(2_400);
    expect(world.process(node).state).toBe("paused");
    await world.advance(durationMs - 1);
    expect(world.process(node).state).toBe("paused");
    await world.advance(1);
    expect(world.process(node).state).toBe("running");
  },
  async stall() {
    const { world, cause } = await stage("stall");
    const { node, durationMs } = cause<OfNode>((details) => details.durationMs > 100);
    expect(durationMs).toBeLessThanOrEqual(2_400);
    await world.advance(durationMs - 1);
    expect(world.process(node).state).toBe("paused");
    await world.advance(1);
    expect(world.process(node).state).toBe("running");
  },
  async partition() {
    const { world, cause } = await stage("partition");
    const { groups } = cause<{ groups: [string[], string[]] }>(({ groups: [one] }) => one.length === 1);
    const [[alone = ""], [first = "", second = ""]] = groups;
    for (const other of [first, second]) {
      expect(world.network.isReachable(alone, other)).toBe(false);
      expect(world.network.isReachable(other, alone)).toBe(false);
    }
    expect(world.network.isReachable(first, second)).toBe(true);
  },
  async block() {
    const { world, cause } = await stage("block");
    const { from, to } = cause<Way>();
    expect(world.network.isReachable(from, to)).toBe(false);
    expect(world.network.isReachable(to, from)).toBe(true);
  },
  async heal() {
    const { world, cause } = await stage("heal");
    world.partition(["a"], ["b", "c"]);
    world.blockOneWay("b", "c");
    cause();
    for (const from of ["a", "b", "c"])
      for (const to of ["a", "b", "c"]) expect(world.network.isReachable(from, to)).toBe(true);
  },
  async cut() {
    const { world, cause, link } = await stage("cut");
    const before = new Map(
      world.nodes.map(({ name }) => [name, new Map(["a", "b", "c"].map((to) => [to, link(name, to)]))]),
    );
    const { a, b } = cause<Pair>();
    const rest = ["a", "b", "c"].find((name) => name !== a && name !== b) ?? "";
    await world.advance(10);
    const isOpen = (from: string, to: string): boolean | undefined => before.get(from)?.get(to)?.isOpen;
    expect([isOpen(a, b), isOpen(b, a), isOpen(a, rest), isOpen(rest, b)]).toEqual([false, false, true, true]);
    await world.until(() => link(a, b)?.isOpen === true, 5_000);
  },
  async reset() {
    const { world, cause, link } = await stage("reset");
    const { from, to } = cause<Way & { isInHandshake: boolean }>(({ isInHandshake }) => !isInHandshake);
    const before = link(from, to);
    const inbox = world.get(from).node.actor<Inbox>(`inbox-${to}`);
    for (let count = 0; count < 20; count++) inbox.tell.take(new Uint8Array(30_000));
    await world.advance(100);
    expect(before?.isOpen).toBe(false);
    const again = await stage("reset");
    const hit = again.cause<Way & { isInHandshake: boolean; bytes: number }>(
      (details) => details.isInHandshake && details.bytes < 100,
    );
    // The connections are cut, and the handshake of the next ones does not get through either.
    await again.world.advance(300);
    const resets = again.world.trace.tail(1_000, (line) => line.includes(`${hit.from}>${hit.to} close 1006`));
    expect(resets.length).toBeGreaterThan(1);
  },
  async sever() {
    const { world, cause, link } = await stage("sever");
    const { a, b } = cause<Pair & { share: number }>(({ share }) => share === 1);
    const before = link(a, b);
    const ask = world.get(a).node.actor<Inbox>(`inbox-${b}`).with({ timeoutMs: 500 }).ask.take(new Uint8Array(0));
    await expect(world.settle(ask)).rejects.toMatchObject({ code: "timeout" });
    // Neither end has heard of it.
    expect(before?.isOpen).toBe(true);
    await world.until(() => before?.isOpen === false, 10_000);
  },
  async path() {
    const { cause, tripMs } = await stage("path");
    const quick = await tripMs("a", "b");
    const { delayMs } = cause<{ delayMs: number; loss: number }>(({ delayMs, loss }) => delayMs > 20 && loss === 0);
    expect(quick).toBeLessThan(2);
    expect(await tripMs("a", "b")).toBeGreaterThanOrEqual(2 * delayMs);
    const lossy = await stage("path");
    const { loss } = lossy.cause<{ loss: number }>((details) => details.loss > 0.1);
    expect(lossy.world.network.route("a", "b").options.loss).toBe(loss);
  },
  async slowLink() {
    const { cause, tripMs, world } = await stage("slowLink");
    const { from, to, bytesPerMs } = cause<Way & { bytesPerMs: number }>((details) => details.bytesPerMs < 50);
    const bytes = 5_000;
    expect(await tripMs(from, to, bytes)).toBeGreaterThan(bytes / bytesPerMs);
    expect(world.network.route(to, from).options.bytesPerMs).toBe(Number.POSITIVE_INFINITY);
  },
  async clock() {
    const { world, cause } = await stage("clock");
    const before = new Map(world.nodes.map(({ name, runtime }) => [name, runtime.wallTime()]));
    const { node, byMs } = cause<OfNode>(({ byMs }) => Math.abs(byMs) > 5);
    for (const { name, runtime } of world.nodes)
      expect(runtime.wallTime() - (before.get(name) ?? 0)).toBe(name === node ? byMs : 0);
  },
  async discovery() {
    const modes = ["right", "empty", "failing", "slow", "repeating"];
    const drawn = new Set<string>();
    const { world, cause } = await stage("discovery");
    for (let count = 0; count < 100; count++) drawn.add(cause<{ mode: string }>().mode);
    expect([...drawn].sort()).toEqual([...modes].sort());
    // One that starts and is told of nobody stays alone until the directory is right again.
    cause<{ node: string; mode: string }>(({ node, mode }) => node === "b" && mode === "empty");
    world.kill("b");
    await world.until(() => world.get("a").node.members().length === 2);
    const b = await world.start("b");
    expect(b.node.members()).toHaveLength(1);
  },
  async stranger() {
    const { world, cause } = await stage("stranger");
    const before = world.network.openConnections;
    const { node, bytes } = cause<{ node: string; bytes: number; staysMs: number }>((details) => details.bytes > 10);
    await world.advance(2);
    const heard = world.trace.tail(1_000, (line) => line.includes(`stranger>${node} open`));
    expect(heard).toHaveLength(1);
    expect(bytes).toBeGreaterThan(10);
    await world.advance(12_000);
    expect(world.network.openConnections).toBe(before);
  },
};

describe("[V2] a fault has its effect", () => {
  it.each(Object.entries(effects))("%s", (_name, look) => look());
});
