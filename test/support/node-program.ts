// The program of the node processes that tests start, and the actor they talk to.

import { Actor, Foundation } from "@foundation/runtime";
import { serveNode } from "@foundation/testkit";
import type { PeerAddress } from "@foundation/transport";

class Probe extends Actor {
  #count = 0;

  /** Counts and says which start of the singleton, on which node, has counted. */
  count(): { count: number; node: string; epoch: number | undefined } {
    this.#count++;
    return { count: this.#count, node: this.context.system.name, epoch: this.context.epoch };
  }

  /** Holds the mailbox, without blocking the process. */
  hang(): Promise<never> {
    return new Promise<never>(() => {});
  }

  size(bytes: Uint8Array): number {
    return bytes.byteLength;
  }
}

/** What one ask came to. */
export type CountOutcome = ReturnType<Probe["count"]> | { readonly code: string };

/** Asks in one loop. */
const countsMax = 100_000;

const deaths: string[] = [];

export const program = serveNode({
  async start(options) {
    const node = await Foundation.start({ ...options, actors: [Probe] });
    node.membership.events.on("memberDown", ({ nodeId }, reason) => deaths.push(`${nodeId} ${reason}`));
    return node;
  },
  commands: {
    ready: (node, size: number, timeoutMs = 10_000): Promise<void> => node.ready({ size, timeoutMs }),
    members: (node): { nodeId: string; status: string }[] =>
      node.members().map(({ nodeId, status }) => ({ nodeId, status })),
    async singleton(node, name: string): Promise<void> {
      await node.singleton(name, Probe);
    },
    register(node, name: string): void {
      node.spawn(Probe, { name });
    },
    owner(node, name: string): { nodeId: string; epoch: number } | undefined {
      const owner = node.registry.owner(name);
      return owner && { nodeId: owner.nodeId, epoch: owner.epoch };
    },
    count: (node, name: string, timeoutMs = 5_000): Promise<ReturnType<Probe["count"]>> =>
      node.actor<Probe>(name).with({ timeoutMs }).ask.count(),
    /** Counts on and on until a start of this epoch or a later one answers. */
    async countUntil(node, name: string, epoch: number): Promise<CountOutcome[]> {
      const outcomes: CountOutcome[] = [];
      while (outcomes.length < countsMax) {
        const outcome = await node
          .actor<Probe>(name)
          .ask.count()
          .catch(({ code }) => ({ code }));
        outcomes.push(outcome);
        if ("epoch" in outcome && (outcome.epoch ?? 0) >= epoch) break;
      }
      return outcomes;
    },
    hang: (node, name: string): Promise<never> => node.actor<Probe>(name).ask.hang(),
    send: (node, name: string, bytes: number): Promise<number> =>
      node.actor<Probe>(name).ask.size(new Uint8Array(bytes)),
    /** What becomes of a dial: the error's code, or "linked". */
    dial: (node, address: PeerAddress): Promise<string> =>
      node.transport.connect(address).then(
        () => "linked",
        ({ code }) => code,
      ),
    deaths: (): string[] => deaths,
    say(_node, text: string): void {
      process.stderr.write(text);
    },
  },
});
