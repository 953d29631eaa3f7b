// What runs in each process of real-processes.test.ts.
import { Actor, Foundation } from "@foundation/runtime";
import { serveNode } from "@foundation/testkit";

class Counter extends Actor {
  #count = 0;

  increment(): { count: number; node: string } {
    return { count: ++this.#count, node: this.context.system.name };
  }
}

export const program = serveNode({
  start: (options) => Foundation.start({ ...options, actors: [Counter] }),
  commands: {
    begin: async (node): Promise<void> => void (await node.singleton("counter", Counter)),
    increment: (node): Promise<{ count: number; node: string }> => node.actor<Counter>("counter").ask.increment(),
    peers: (node): number => node.members().filter(({ status }) => status === "up").length,
  },
});
