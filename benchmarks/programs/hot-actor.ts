// One actor floods another with more than it can handle. How long do the others, and the event loop, wait?
import { Actor, type ActorRef, type Node } from "@foundation/runtime";
import { Echo } from "../actors.ts";
import { startLoneNode } from "../lone-node.ts";
import { percentile } from "../statistics.ts";

/** Milliseconds, but for the flood. */
export interface Waits {
  /** Messages that the flooded actor has handled, a second. */
  readonly flood: number;
  readonly askP50: number;
  readonly askP99: number;
  /** A turn of the event loop: what a timer or a packet waits for in the worst case. */
  readonly turnP99: number;
}

const quietActors = 1000;
const batch = 1000;
/** Batches that wait, so that the flooded actor always has some. */
const window = 16;
let node: Node;

/** Is flooded; says what it has handled. */
class Hot extends Actor {
  #received = 0;

  take(_payload: unknown): void {
    this.#received++;
  }

  acknowledge(flooder: ActorRef<Flooder>): void {
    flooder.tell.send();
  }

  received(): number {
    return this.#received;
  }
}

/** Sends a batch for each one that was handled. */
class Flooder extends Actor {
  readonly #hot: ActorRef<Hot>;

  constructor(hot: ActorRef<Hot>) {
    super();
    this.#hot = hot;
  }

  send(): void {
    for (let sent = 0; sent < batch; sent++) this.#hot.tell.take(1);
    this.#hot.tell.acknowledge(this.self<Flooder>());
  }
}

export async function start(): Promise<void> {
  node = await startLoneNode();
}

/** Asks 1,000 quiet actors, one after the other, while another one is flooded. */
export async function waits(): Promise<Waits> {
  const quiet = Array.from({ length: quietActors }, () => node.spawn(Echo));
  const hot = node.spawn(Hot);
  const flooder = node.spawn(Flooder, { args: [hot] });
  for (let sent = 0; sent < window; sent++) flooder.tell.send();
  await measureFor(500, hot, quiet);
  const result = await measureFor(2000, hot, quiet);
  await node.system.stopActor(flooder);
  return result;
}

async function measureFor(ms: number, hot: ActorRef<Hot>, quiet: readonly ActorRef<Echo>[]): Promise<Waits> {
  // Ahead of the backlog, or the answer would be late by it.
  const count = (): Promise<number> => hot.with({ priority: "high" }).ask.received();
  const before = await count();
  const start = performance.now();
  const isOver = (): boolean => performance.now() - start > ms;
  const [asks, turns] = await Promise.all([askInTurn(quiet, isOver), measureTurns(isOver)]);
  return {
    flood: (((await count()) - before) * 1000) / (performance.now() - start),
    askP50: percentile(asks, 50),
    askP99: percentile(asks, 99),
    turnP99: percentile(turns, 99),
  };
}

async function askInTurn(quiet: readonly ActorRef<Echo>[], isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  while (!isOver()) {
    for (const actor of quiet) {
      const start = performance.now();
      await actor.ask.echo("ping");
      took.push(performance.now() - start);
      if (isOver()) break;
    }
  }
  return took;
}

/** From one `setImmediate` to the next one. */
async function measureTurns(isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  for (let start = performance.now(); !isOver(); ) {
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now();
    took.push(end - start);
    start = end;
  }
  return took;
}
