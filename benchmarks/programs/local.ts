// One node on its own: messages, asks, spawns and the memory of an idle actor.
import { Actor, type ActorRef, type Node } from "@foundation/runtime";
import { Echo, Sink } from "../actors.ts";
import { allocatedBy } from "../allocation.ts";
import type { Cost } from "../cost.ts";
import { startLoneNode } from "../lone-node.ts";
import { medianOf } from "../statistics.ts";
import { askFor, tellFor } from "../traffic.ts";

/** Learns of every actor that has started. */
class Nursery extends Actor {
  #started = 0;

  started(): void {
    this.#started++;
  }

  count(): number {
    return this.#started;
  }
}

/** Has a little state and nothing to do. */
class Idle extends Actor {
  #sum = 0;
  readonly #nursery: ActorRef<Nursery>;

  constructor(nursery: ActorRef<Nursery>) {
    super();
    this.#nursery = nursery;
  }

  protected override onStart(): void {
    this.#nursery.tell.started();
  }

  add(amount: number): number {
    return (this.#sum += amount);
  }

  finish(): void {
    this.context.stop();
  }
}

const idleActors = 100_000;
let node: Node;

export async function start(): Promise<void> {
  node = await startLoneNode();
}

/** Messages from one sender to one actor. */
export async function tell(): Promise<Cost> {
  const sink = node.spawn(Sink);
  const pace = { batch: 1000, window: 1 };
  await tellFor(sink, 1, pace, 500);
  const rate = await medianOf(3, () => tellFor(sink, 1, pace, 500));
  const before = await sink.ask.received();
  const bytes = await allocatedBy(() => tellFor(sink, 1, pace, 100));
  return { rate, bytes: bytes / ((await sink.ask.received()) - before) };
}

/** Asks, one after the other. */
export async function ask(): Promise<Cost> {
  const echo = node.spawn(Echo);
  await askFor(echo, "ping", 500);
  const rate = await medianOf(3, async () => (await askFor(echo, "ping", 500)).length * 2);
  const asks = 100_000;
  const bytes = await allocatedBy(async () => {
    for (let count = 0; count < asks; count++) await echo.ask.echo("ping");
  });
  return { rate, bytes: bytes / asks };
}

/** Actors that were spawned and have said that they run; ending them, and collecting those that have ended, is not measured. */
export async function spawn(): Promise<Cost> {
  await finish(await spawnIdle());
  const rate = await medianOf(5, async () => {
    collectGarbage();
    const start = performance.now();
    const actors = await spawnIdle();
    const seconds = (performance.now() - start) / 1000;
    await finish(actors);
    return idleActors / seconds;
  });
  let actors: ActorRef<Idle>[] = [];
  const bytes = await allocatedBy(async () => {
    actors = await spawnIdle();
  });
  await finish(actors);
  return { rate, bytes: bytes / idleActors };
}

/** Bytes that an actor takes which has handled nothing yet. */
export function bytesPerActor(): Promise<number> {
  return medianOf(3, async () => {
    const before = usedBytes();
    const actors = await spawnIdle();
    // The list of refs is ours, not the actors'.
    const bytes = usedBytes() - before - 8 * actors.length;
    await finish(actors);
    return bytes / actors.length;
  });
}

async function spawnIdle(): Promise<ActorRef<Idle>[]> {
  const nursery = node.spawn(Nursery);
  const actors = Array.from({ length: idleActors }, () => node.spawn(Idle, { args: [nursery] }));
  const started = await nursery.ask.count();
  if (started !== idleActors) throw new Error(`${started} of ${idleActors} actors have started.`);
  return actors;
}

async function finish(actors: readonly ActorRef<Idle>[]): Promise<void> {
  await Promise.all(actors.map((actor) => actor.ask.finish()));
}

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Start this program with --expose-gc.");
  // What the first collection finalizes, the second one frees.
  globalThis.gc();
  globalThis.gc();
}
