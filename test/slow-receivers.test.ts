import { Actor, type DeadLetter } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

/** Handles nothing until it is let. */
class Slow extends Actor {
  static readonly mailbox = { capacityBytes: 4_000_000 };
  #taken = 0;

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.context.system.runtime.setTimer(60_000, resolve);
    });
  }

  take(_text: string): void {
    this.#taken += 1;
  }

  taken(): number {
    return this.#taken;
  }
}

/** Like {@link Slow}, for what ages. */
class Newest extends Slow {
  static override readonly mailbox = { capacityBytes: 4_000_000, overflow: "dropOldest" as const };
}

const text = "x".repeat(20_000);

async function open(actorClass: typeof Slow) {
  const world = new World({ seed: 24 });
  const letters: DeadLetter[] = [];
  const { node: a } = await world.start("a", { onDeadLetter: (letter) => void letters.push(letter) });
  const senders = [await world.start("b"), await world.start("c")].map(({ node }) => node);
  const slow = a.spawn(actorClass, { name: "slow" });
  for (const sender of senders) {
    await world.waitUntil("the name is known", () => sender.registry.lookup("slow") !== undefined);
  }
  return { world, a, senders, slow, letters, waiting: () => a.system.cellOf(slow)?.mailboxLength ?? 0 };
}

describe("an actor that is slower than its senders on other nodes", () => {
  it("[Y24] holds back those that await ready(): its mailbox stays within bounds, and nothing is lost", async () => {
    const { world, senders, slow, letters, waiting } = await open(Slow);
    slow.tell.wait();
    let sent = 0;
    const flood = async (sender: (typeof senders)[number]): Promise<void> => {
      const remote = sender.actor<Slow>("slow").with({ timeoutMs: 600_000 });
      for (let i = 0; i < 1_000; i++) {
        await remote.ready();
        remote.tell.take(text);
        sent += 1;
      }
    };
    const floods = Promise.all(senders.flatMap((sender) => [flood(sender), flood(sender)]));
    await world.advance(50_000);
    // Half of capacityBytes, and what each node may send before it asks.
    expect(waiting() * text.length).toBeLessThan(3_000_000);
    expect(waiting() * text.length).toBeGreaterThan(1_500_000);
    expect(sent).toBeLessThan(200);
    await world.settle(floods);
    await world.advance(1_000);
    expect(await world.settle(slow.ask.taken())).toBe(4_000);
    expect([letters, world.deaths]).toEqual([[], []]);
  });

  it("[Y24] refuses what those send that do not wait, beyond capacityBytes", async () => {
    const { world, senders, slow, letters, waiting } = await open(Slow);
    slow.tell.wait();
    for (const sender of senders) for (let i = 0; i < 300; i++) sender.actor<Slow>("slow").tell.take(text);
    await world.advance(10_000);
    expect(waiting() * text.length).toBeLessThanOrEqual(4_000_000);
    expect(letters.length).toBe(600 - waiting());
    expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(["overloaded"]));
    await world.advance(60_000);
    expect(await world.settle(slow.ask.taken())).toBe(600 - letters.length);
    // The room is back.
    for (const sender of senders) sender.actor<Slow>("slow").tell.take(text);
    await world.advance(1_000);
    expect(await world.settle(slow.ask.taken())).toBe(602 - letters.length);
  });

  it("[Y24] keeps the newest of them where its class says so", async () => {
    const { world, senders, slow, letters, waiting } = await open(Newest);
    slow.tell.wait();
    for (const sender of senders) for (let i = 0; i < 300; i++) sender.actor<Slow>("slow").tell.take(text);
    await world.advance(10_000);
    expect(waiting() * text.length).toBeLessThanOrEqual(4_000_000);
    expect(letters.length).toBe(600 - waiting());
  });

  it("[Y24] whoever waits for its mailbox is told when it ends, or when its node does", async () => {
    const { world, a, senders, slow } = await open(Slow);
    const [b, c] = senders;
    slow.tell.wait();
    for (let i = 0; i < 120; i++) for (const sender of senders) sender.actor<Slow>("slow").tell.take(text);
    await world.advance(1_000);
    const ready = [b, c].map((sender) => sender?.registry.lookup("slow")?.with({ timeoutMs: 50_000 }).ready());
    await world.advance(1_000);
    a.system.cellOf(slow)?.kill();
    await world.settle(Promise.all(ready));
    expect(world.time.now).toBeLessThan(30_000);
  });
});
