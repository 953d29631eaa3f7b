// A stream of a million items, from an actor's generator to a loop that reads them.
import { Actor, type Node } from "@foundation/runtime";
import { type Workbench, workbench } from "../cost.ts";
import { startLoneNode } from "../lone-node.ts";

class Source extends Actor {
  async *numbers(count: number): AsyncGenerator<number> {
    for (let number = 0; number < count; number++) yield number;
  }
}

const items = 1_000_000;
let node: Node;

export async function start(): Promise<void> {
  node = await startLoneNode();
}

export const { round, allocated }: Workbench = workbench({
  stream: () => {
    const source = node.spawn(Source);
    const run = async (): Promise<void> => {
      let read = 0;
      for await (const item of source.stream.numbers(items)) if (item === read) read++;
      if (read !== items) throw new Error(`${read} of ${items} items came in order.`);
    };
    return { units: items, run };
  },
});
