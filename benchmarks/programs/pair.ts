// One of two linked nodes: `serve` has the actors, the other functions run on the node that sends.

import { type ActorRef, Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { defaultChannels } from "@foundation/transport";
import { counted, Echo, Sink } from "../actors.ts";
import { median } from "../statistics.ts";
import { askBesideBulk, askFor, askInFlight, type HeadOfLine, tellFor } from "../traffic.ts";

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
export function tell(bytes: number, ms: number): Promise<number> {
  return tellFor(counted(sink(), Buffer.alloc(bytes, "x")), { batch: 1000, window: 4 }, ms);
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
export async function askSequential(ms: number): Promise<number> {
  const ref = echo();
  return median(await askFor(() => ref.ask.echo("ping"), ms)) * 1000;
}

/** Asks a second. */
export function askConcurrent(inFlight: number, ms: number): Promise<number> {
  const ref = echo();
  return askInFlight(() => ref.ask.echo("ping"), inFlight, ms);
}

/** Megabytes (10^6 bytes) a second in messages of `bytes` bytes. */
export async function bulk(bytes: number, ms: number): Promise<number> {
  const data = counted(sink().with({ channel: "data" }), Buffer.alloc(bytes, "x"));
  return ((await tellFor(data, { batch: 4, window: 4 }, ms)) * bytes) / 1e6;
}

/** Asks of 1 KB on `askChannel`, one after the other, while `window` messages of 1 MB are always under way on `data`. */
export function headOfLine(
  askChannel: string,
  pace: { window: number; warmUpMs: number; ms: number },
): Promise<HeadOfLine> {
  const large = Buffer.alloc(1_000_000, "x");
  const request = Buffer.alloc(1024, "x");
  const data = sink().with({ channel: "data" });
  const asked = echo().with({ channel: askChannel });
  const ask = () => asked.ask.echo(request);
  return askBesideBulk({ ask, sendLarge: () => data.ask.take(large), largeBytes: large.length }, pace);
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
