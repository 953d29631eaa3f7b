// One of two linked nodes: `serve` has the actors, the other functions run on the node that sends.

import { type ActorRef, Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { defaultChannels } from "@foundation/transport";
import { Echo, Sink } from "../actors.ts";
import { median, medianOf, percentile } from "../statistics.ts";
import { askFor, askInFlight, tellFor } from "../traffic.ts";

/** Control round trips and throughput at the same time. */
export interface HeadOfLine {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Megabytes (10^6 bytes) a second. */
  readonly bulk: number;
}

/** The usual ones, and one of each other sort; those that are not used cost nothing. */
const channels = [
  ...defaultChannels,
  { name: "state", priority: 5, kind: "monotonic" },
  { name: "packed", priority: 6, compression: "zstd" },
] as const;

let node: Node;

/** Starts this process's node. @returns where it listens. */
export async function start(options: FoundationOptions): Promise<string> {
  node = await Foundation.start({ logLevel: "error", channels, ...options });
  const { host, port } = node.transport.address;
  return `${host}:${port}`;
}

/** Gives the actors to the other node. */
export function serve(): void {
  node.spawn(Sink, { name: "sink" });
  node.spawn(Echo, { name: "echo" });
}

/** Waits until the other node's actors answer. */
export async function connect(): Promise<void> {
  await node.ready({ size: 2 });
  const until = performance.now() + 5000;
  while (node.registry.lookup("sink") === undefined || node.registry.lookup("echo") === undefined) {
    if (performance.now() > until) throw new Error("The other node's actors did not appear within 5 s.");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Messages a second of `bytes` bytes each. */
export async function tell(bytes: number): Promise<number> {
  const payload = Buffer.alloc(bytes, "x");
  const pace = { batch: 1000, window: 4 };
  await tellFor(sink(), payload, pace, 500);
  return medianOf(3, () => tellFor(sink(), payload, pace, 1000));
}

/** Processor time that this process has used so far, in all its threads. Microseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Tells `count` messages of `bytes` bytes on `channel`, and waits until all are handled that are not replaced on the way. */
export async function tellCount(bytes: number, count: number, channel: string): Promise<void> {
  const payloads = Array.from({ length: Math.max(1, Math.min(64, 1_000_000 / bytes)) }, (_, seed) =>
    digits(bytes, seed),
  );
  const target = sink().with({ channel });
  const batch = Math.min(1000, Math.max(1, Math.round(1_000_000 / bytes)));
  const unacknowledged: Promise<number>[] = [];
  for (let sent = 0; sent < count; sent += batch) {
    for (let each = 0; each < batch; each++) target.tell.take(payloads[each % payloads.length] as Buffer);
    unacknowledged.push(target.ask.received());
    if (unacknowledged.length === 4) await unacknowledged.shift();
  }
  await Promise.all(unacknowledged);
}

/** Microseconds an ask, the median. */
export async function askSequential(): Promise<number> {
  await askFor(echo(), "ping", 500);
  return median(await askFor(echo(), "ping", 2000)) * 1000;
}

/** Asks a second. */
export async function askConcurrent(inFlight: number): Promise<number> {
  await askInFlight(echo(), inFlight, 500);
  return medianOf(3, () => askInFlight(echo(), inFlight, 1000));
}

/** Megabytes (10^6 bytes) a second in messages of `bytes` bytes. */
export async function bulk(bytes: number): Promise<number> {
  const payload = Buffer.alloc(bytes, "x");
  const data = sink().with({ channel: "data" });
  const pace = { batch: 4, window: 4 };
  const send = async (ms: number): Promise<number> => ((await tellFor(data, payload, pace, ms)) * bytes) / 1e6;
  await send(500);
  return medianOf(3, () => send(1000));
}

/** Asks of 1 KB on `askChannel`, one after the other, while `window` messages of 1 MB are always under way on `data`. */
export async function headOfLine(window: number, askChannel: string): Promise<HeadOfLine> {
  const large = Buffer.alloc(1_000_000, "x");
  const request = Buffer.alloc(1024, "x");
  const data = sink().with({ channel: "data" });
  const asked = echo().with({ channel: askChannel });
  let received = 0;
  let isOver = false;
  const stream = async (): Promise<void> => {
    while (!isOver) {
      await data.ask.take(large);
      received++;
    }
  };
  const streams = Array.from({ length: window }, stream);
  try {
    await askFor(asked, request, 1000);
    const before = received;
    const start = performance.now();
    const took = await askFor(asked, request, 4000);
    const seconds = (performance.now() - start) / 1000;
    const megabytes = ((received - before) * large.length) / 1e6;
    return { p50Ms: percentile(took, 50), p99Ms: percentile(took, 99), bulk: megabytes / seconds };
  } finally {
    isOver = true;
    await Promise.all(streams);
  }
}

/** Text that packs to about half of its length, and differs from seed to seed. */
function digits(bytes: number, seed: number): Buffer {
  let state = seed;
  // Numerical Recipes' linear congruential generator; its high bits are random enough for a packer.
  return Buffer.alloc(bytes).map(
    () => 48 + (((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 16) % 10),
  ) as Buffer;
}

function sink(): ActorRef<Sink> {
  return node.actor<Sink>("sink");
}

function echo(): ActorRef<Echo> {
  return node.actor<Echo>("echo");
}
