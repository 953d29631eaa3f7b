import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { TransportError } from "@foundation/transport";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../cluster.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import type { NodeProtocol } from "./node-protocols.ts";

const any = { safeParse: (data: unknown) => ({ success: true, data }) as const };

/** One protocol on all nodes. @returns what each got, by node. */
function listen(nodes: readonly Cluster[]): { first: NodeProtocol<unknown>; got: Map<string, unknown[]> } {
  const got = new Map<string, unknown[]>();
  const protocols = nodes.map((node) => {
    const seen: unknown[] = [];
    got.set(node.system.name, seen);
    return node.protocol<unknown>({ name: "news", schema: any, receive: (payload) => void seen.push(payload) });
  });
  return { first: protocols[0] as NodeProtocol<unknown>, got };
}

/** Fills the queue of `control` from one node to another, with the room of what keeps nodes together; it is not emptied within this turn. */
function fill(from: Cluster, to: string): void {
  for (const bytes of [1024 * 1024, 1024, 8]) {
    // An unknown kind of message, which the receiver would skip.
    const block = new Uint8Array(bytes).fill(255);
    try {
      for (;;) from.endpoint.link(to)?.send("control", block, { isReserved: true });
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== "overloaded") throw error;
    }
  }
}

describe("a broadcast", () => {
  it.each([1, 2, 5])("to %i peers encodes its value once", async (peers) => {
    await using cluster = new MemoryCluster();
    const nodes = await cluster.startAll(...Array.from({ length: peers + 1 }, (_, index) => `node-${index}`));
    const { first, got } = listen(nodes);
    let reads = 0;
    const payload = {
      get text(): string {
        reads++;
        return "x".repeat(1000);
      },
    };
    expect(first.broadcast(payload)).toBe(peers);
    expect(reads).toBe(1);
    await expect.poll(() => [...got.values()].flat()).toHaveLength(peers);
    expect([...got.values()].flat()).toEqual(Array.from({ length: peers }, () => ({ text: "x".repeat(1000) })));
  });

  it("reaches the others as it is when a peer whose queue is full is cut off meanwhile", async () => {
    await using cluster = new MemoryCluster();
    const nodes = await cluster.startAll("a", "b", "c", "d");
    const [a] = nodes as [Cluster];
    const { first, got } = listen(nodes);
    // What is told of the end of a link may send messages itself.
    a.events.on("memberSuspect", () => first.send("d", { text: "b is suspect" }));
    fill(a, "b");
    expect(first.broadcast({ text: "hello" })).toBe(2);
    await expect.poll(() => got.get("c")).toEqual([{ text: "hello" }]);
    await expect.poll(() => got.get("d")).toHaveLength(2);
    expect(got.get("d")).toEqual([{ text: "hello" }, { text: "b is suspect" }]);
  });
});

describe("[Y21] what is too large for a link", () => {
  it("is dropped, and a hundred lines tell of it", async () => {
    const logged: LogEvent[] = [];
    const log = createLog((event) => void logged.push(event), "warn");
    await using cluster = new MemoryCluster(systemRuntime({ log }));
    const nodes = await cluster.startAll("a", "b");
    const { first } = listen(nodes);
    const bytes = (nodes[0] as Cluster).endpoint.messageBytesMax("control") + 1;
    // Encoded once, and refused 110 times in one turn.
    const to = Array.from({ length: 110 }, () => "b");
    expect(first.multicast(to, new Uint8Array(bytes))).toBe(0);
    const dropped = logged.filter(({ event }) => event === "node protocol: a message was dropped");
    expect([100, 101]).toContain(dropped.length);
    expect(logged.at(-1)).toMatchObject({ event: "further events are left out", fields: { more: 1 } });
  });
});
