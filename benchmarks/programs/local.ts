// One node on its own: messages, asks, spawns and the memory of an idle actor.
import { Actor, type ActorRef, Foundation, type Node } from "foundation";
import { Echo, Sink } from "../actors.ts";
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
  node = await Foundation.start({ cluster: "none", logLevel: "error", secret: "a node without any peers" });
}

/** Messages a second from one sender to one actor. */
export async function tell(): Promise<number> {
  const sink = node.spawn(Sink);
  const pace = { batch: 1000, window: 1 };
  await tellFor(sink, 1, pace, 500);
  return medianOf(3, () => tellFor(sink, 1, pace, 1000));
}

/** Asks a second, one after the other. */
export async function ask(): Promise<number> {
  const echo = node.spawn(Echo);
  await askFor(echo, "ping", 500);
  return medianOf(3, async () => (await askFor(echo, "ping", 1000)).length);
}

/** Actors a second that were spawned and have said that they run; ending them is not measured. */
export async function spawn(): Promise<number> {
  return medianOf(7, async () => {
    const start = performance.now();
    const actors = await spawnIdle();
    const seconds = (performance.now() - start) / 1000;
    await finish(actors);
    return idleActors / seconds;
  });
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
  if (globalThis.gc === undefined) throw new Error("Start this program with --expose-gc.");
  // What the first collection finalizes, the second one frees.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
