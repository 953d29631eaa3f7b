// Messages among many actors, each of which handles one at a time: a ring, and one sender to thousands.
import { Actor, type ActorRef, type Node } from "@foundation/runtime";
import { type Work, type Workbench, workbench } from "../cost.ts";
import { startLoneNode } from "../lone-node.ts";

/** Resolves when it was counted down from `count` to 0. */
class Countdown {
  readonly reached: Promise<void>;
  #left: number;
  #resolve: () => void = () => {};

  constructor(count: number) {
    this.#left = count;
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  step(): void {
    if (--this.#left === 0) this.#resolve();
  }
}

/** Passes tokens on until they have made all their hops. */
class Member extends Actor {
  #next: ActorRef<Member> | undefined;

  join(next: ActorRef<Member>): void {
    this.#next = next;
  }

  pass(hopsLeft: number, arrivals: Countdown): void {
    if (hopsLeft === 0) arrivals.step();
    else this.#next?.tell.pass(hopsLeft - 1, arrivals);
  }
}

/** Hears what is said to everybody. */
class Listener extends Actor {
  hear(hearers: Countdown): void {
    hearers.step();
  }
}

const members = 1000;
const listeners = 10_000;
const hops = 2_000_000;
const broadcasts = 100;
let node: Node;

export async function start(): Promise<void> {
  node = await startLoneNode();
}

export const { round, allocated }: Workbench = workbench({
  "ring, 1 token": () => ring(1),
  "ring, 100 tokens": () => ring(100),

  /** One message to 10,000 actors, and again when all have handled it. */
  "fan-out": () => {
    const actors = Array.from({ length: listeners }, () => node.spawn(Listener));
    const run = async (): Promise<void> => {
      for (let broadcast = 0; broadcast < broadcasts; broadcast++) {
        const hearers = new Countdown(listeners);
        // Without an iterator, whose results would be counted as the deliveries' garbage.
        for (let index = 0; index < listeners; index++) at(actors, index).tell.hear(hearers);
        await hearers.reached;
      }
    };
    return { units: broadcasts * listeners, run };
  },
});

/** Messages round a ring of 1,000 actors, in which as many tokens as given are on their way. */
async function ring(tokens: number): Promise<Work> {
  const actors = Array.from({ length: members }, () => node.spawn(Member));
  await Promise.all(actors.map((actor, index) => actor.ask.join(at(actors, (index + 1) % members))));
  const run = async (): Promise<void> => {
    const arrivals = new Countdown(tokens);
    for (let token = 0; token < tokens; token++) {
      // The first message of a token is its first hop.
      at(actors, (token * members) / tokens).tell.pass(hops / tokens - 1, arrivals);
    }
    await arrivals.reached;
  };
  return { units: hops, run };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no item ${index}.`);
  return item;
}
