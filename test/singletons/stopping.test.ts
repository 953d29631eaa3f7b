// What code of a node that stops asks of singletons, and what it hears of removals that it has begun.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";

let world: World;
let answers: string[];
beforeEach(() => {
  world = new World({ seed: 1 });
  answers = [];
});

class Store extends Actor {
  flush(): string {
    return this.context.system.name;
  }
}
/** Asks the store as it stops, after so long. */
class Writer extends Actor {
  readonly #afterMs: number;
  constructor(afterMs = 0) {
    super();
    this.#afterMs = afterMs;
  }
  protected override async onStop(): Promise<void> {
    const { name, runtime } = this.context.system;
    if (this.#afterMs > 0) await new Promise<void>((resolve) => runtime.setTimer(this.#afterMs, resolve));
    const flushed = world.get(name).node.actor<Store>("store").ask.flush();
    answers.push(
      await flushed.then(
        (by) => `flushed by ${by}`,
        (error: Error & { code: string }) => `${error.code}: ${error.message}`,
      ),
    );
  }
}

async function start(...names: readonly string[]): Promise<[SimulatedNode, ...SimulatedNode[]]> {
  for (const name of names) await world.start(name, { actors: [Store, Writer] });
  await world.until(() => world.nodes.every(({ node }) => node.members().length === names.length));
  return world.nodes as [SimulatedNode, ...SimulatedNode[]];
}

describe("what onStop asks of a singleton", () => {
  it("[X2] [Y16] fails soon when all nodes stop at the same moment", async () => {
    const nodes = await start("a", "b", "c");
    await world.settle(nodes[0].node.singleton("store", Store));
    for (const { node } of nodes) node.spawn(Writer);
    const { now } = world.time;
    await world.settle(Promise.all(nodes.map(({ node }) => node.stop())));
    expect(answers).toHaveLength(3);
    for (const answer of answers) expect(answer).toMatch(/^(noproc|nodedown): /);
    expect(world.time.now - now).toBeLessThan(100);
  });

  it("[X2] [Y16] fails at once when the member that it ran on has left after this node began to stop", async () => {
    const nodes = await start("a", "b");
    await world.settle(nodes[0].node.singleton("store", Store));
    const isHost = ({ node }: SimulatedNode): boolean => node.registry.owner("store")?.nodeId === node.name;
    const [host, other] = [nodes.find(isHost), nodes.find((each) => !isHost(each))] as [SimulatedNode, SimulatedNode];
    other.node.spawn(Writer, { args: [1_000] });
    const stopped = other.node.stop();
    await world.advance(100);
    await world.settle(host.node.stop());
    const { now } = world.time;
    await world.settle(stopped);
    expect(answers).toEqual(['noproc: nothing is registered as "store": no member is left to host it']);
    expect(world.time.now - now).toBeLessThan(1_000);
  });
});

describe("a removal", () => {
  class Slow extends Actor {
    protected override async onStop(): Promise<void> {
      const { name, runtime } = this.context.system;
      await new Promise<void>((resolve) => runtime.setTimer(name === "a" ? 300 : 500, resolve));
    }
  }

  it.each([0, 1, 5, 20])(
    "[Y13] [Y16] that its caller's node does not see the end of is no true, %i ms after its stop began",
    async (afterMs) => {
      const nodes = (await start("a", "b", "c")) as [SimulatedNode, SimulatedNode, SimulatedNode];
      const [a, b] = nodes;
      for (const { node } of nodes) node.supervisor.declare(Slow);
      await world.advance(100);
      // One runs on `a`, so that its stop takes a while; the other one elsewhere.
      const places = new Map<boolean, string>();
      for (let index = 0; places.size < 2; index++) {
        const name = `slow-${index}`;
        await world.settle(a.node.singleton(name, Slow));
        places.set(a.node.registry.owner(name)?.nodeId === "a", name);
      }
      const name = places.get(false) as string;
      const stopped = a.node.stop();
      await world.advance(afterMs);
      const removed = a.node.supervisor.remove(name).then(String, ({ code }: { code: string }) => code);
      expect(await world.settle(removed)).toBe("stopped");
      await world.settle(stopped);
      await world.until(() => b.node.registry.owner(name) === undefined);
      expect(b.node.supervisor.singletons().some((spec) => spec.name === name)).toBe(false);
    },
  );
});
