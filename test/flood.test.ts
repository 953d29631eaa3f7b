import { Actor } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

class Sink extends Actor {
  #count = 0;

  take(_text: string): void {
    this.#count += 1;
  }

  count(): number {
    return this.#count;
  }
}

describe("a flood of messages by users", () => {
  it("[Y1] costs neither the link nor what nodes say to each other, and every message that was accepted arrives", async () => {
    const world = new World({ seed: 3 });
    const channels = [
      { name: "control", priority: 0, eager: true, queueBytesMax: 256 * 1024, messageBytesMax: 64 * 1024 },
      { name: "gossip", priority: 4, eager: true },
    ];
    const { node: a } = await world.start("a", { channels });
    const { node: b } = await world.start("b", { channels });
    await world.settle(a.ready({ size: 2 }));
    const sink = b.spawn(Sink, { name: "sink" });
    await world.waitUntil("a knows the sink", () => a.registry.lookup("sink") !== undefined);
    const remote = a.actor<Sink>("sink");
    const [link, watched] = [a.transport.link("b"), a.registry.lookup("sink")];
    // A second for what the queue holds.
    world.path({ bytesPerMs: 256 }, "a", "b");
    let accepted = 0;
    const flood = (): void => {
      for (;;) {
        try {
          remote.tell.take("x".repeat(1_000));
          accepted += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: "overloaded" });
          return;
        }
      }
    };
    for (let round = 0; round < 50; round++) {
      flood();
      a.registry.register(`name-${round}`, a.system.spawn(Sink));
      watched?.recipient.watch(() => {})();
      await world.advance(100);
      expect(a.transport.link("b"), `round ${round}`).toBe(link);
    }
    await world.waitUntil("b knows all names", () => b.registry.size === 51);
    await world.advance(10_000);
    expect(await world.settle(sink.ask.count())).toBe(accepted);
    expect(accepted).toBeGreaterThan(1_000);
    expect([link?.isOpen, world.deaths]).toEqual([true, []]);
  });
});
