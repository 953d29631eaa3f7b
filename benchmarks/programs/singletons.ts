// One of five nodes that keep thousands of singletons running.
import { Actor, Foundation, type Node } from "@foundation/runtime";

class Worker extends Actor {
  where(): string {
    return this.context.system.name;
  }
}

/** What one node saw while many singletons moved. */
export interface Recovery {
  /** Milliseconds until every singleton had an owner that lives. */
  readonly ms: number;
  /** The longest time that this node's event loop did not turn. Milliseconds. */
  readonly stallMs: number;
  /** Members that this node saw die. */
  readonly deaths: readonly string[];
}

/** How often the event loop is looked at. Milliseconds. */
const lookMs = 2;
let node: Node;
const deaths: string[] = [];

/** Starts a node and waits until it sees `size` members. */
export async function join(name: string, directory: string, size: number): Promise<void> {
  node = await Foundation.start({ name, directory, logLevel: "silent", actors: [Worker] });
  node.membership.events.on("memberDown", (member, reason) => {
    if (reason === "dead") deaths.push(member.nodeId);
  });
  await node.ready({ size, timeoutMs: 30_000 });
}

/** Starts `count` singletons in one turn. @returns milliseconds until all can be reached from here. */
export async function startAll(count: number): Promise<number> {
  const startedAt = performance.now();
  const options = { timeoutMs: 120_000 };
  await Promise.all(Array.from({ length: count }, (_, index) => node.singleton(`worker-${index}`, Worker, options)));
  return performance.now() - startedAt;
}

/** Waits until `count` names have owners other than `lost`. */
export async function settled(count: number, lost?: string): Promise<Recovery> {
  const startedAt = performance.now();
  let lastTurn = startedAt;
  let stallMs = 0;
  const seen = deaths.length;
  for (;;) {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - lastTurn - lookMs);
    lastTurn = now;
    if (node.registry.size === count && owned(lost)) break;
    if (now - startedAt > 120_000) throw new Error(`${node.name}: ${node.registry.size} of ${count} after 120 s`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return { ms: performance.now() - startedAt, stallMs, deaths: deaths.slice(seen) };
}

/** How many of them run here. */
export function hosted(): number {
  return node.system.size;
}

function owned(lost: string | undefined): boolean {
  return lost === undefined || node.membership.member(lost) === undefined;
}
