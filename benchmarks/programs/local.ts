// One node on its own: messages, asks, spawns, the memory of an idle actor, and names.
import { Actor, type ActorRef, type Node } from "@foundation/runtime";
import { counted, Echo, Sink } from "../actors.ts";
import { type Workbench, workbench } from "../cost.ts";
import { startLoneNode } from "../lone-node.ts";
import { collectGarbage, usedBytes } from "../memory.ts";
import { medianOf } from "../statistics.ts";

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
const batches = 10_000;
const batch = 1000;
const asks = 1_000_000;
const names = 10_000;
const lookups = 5_000_000;
let node: Node;

export async function start(): Promise<void> {
  node = await startLoneNode();
}

export const { round, allocated }: Workbench = workbench({
  /** One sender, one receiver; every 1,000 messages the sender waits until they are handled. */
  tell: () => {
    const { send, received } = counted(node.spawn(Sink), 1);
    const run = async (): Promise<void> => {
      for (let sent = 0; sent < batches; sent++) {
        send(batch);
        await received();
      }
    };
    return { units: batches * batch, run };
  },

  ask: () => {
    const echo = node.spawn(Echo);
    const run = async (): Promise<void> => {
      for (let count = 0; count < asks; count++) await echo.ask.echo("ping");
    };
    return { units: asks, run };
  },

  /** Actors that were spawned and have said that they run. */
  spawn: () => {
    let actors: ActorRef<Idle>[] = [];
    const run = async (): Promise<void> => {
      actors = await spawnIdle();
    };
    const cleanUp = async (): Promise<void> => {
      await finish(actors);
      actors = [];
      collectGarbage();
    };
    return { units: idleActors, run, cleanUp };
  },

  lookup: () => {
    for (let index = 0; index < names; index++) node.spawn(Sink, { name: `sink-${index}` });
    const wanted = Array.from({ length: names }, (_, index) => `sink-${index}`);
    const run = async (): Promise<void> => {
      let found = 0;
      for (let done = 0; done < lookups / names; done++) {
        for (const name of wanted) if (node.registry.lookup(name) !== undefined) found++;
      }
      if (found !== lookups) throw new Error(`${found} of ${lookups} names were found.`);
    };
    return { units: lookups, run };
  },
});

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
