import { describe, expect, it } from "vitest";
import { Actor, ActorSystem, type DeferredReply, Rejection, silentLog, systemRuntime } from "../index.ts";

/** Takes as many deferred replies for one message as it is told. */
class Eager extends Actor {
  readonly replies: DeferredReply<number>[] = [];
  ask(count: number): Promise<number> {
    for (let i = 0; i < count; i++) this.replies.push(this.context.deferReply<number>());
    return (this.replies[0] as DeferredReply<number>).later;
  }
  answer(which: number): void {
    for (const reply of this.replies.splice(which)) reply.succeed(which);
  }
}

describe("several deferred replies for one message", () => {
  const start = () => new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });

  it.each([0, 1, 99_999])("[X1] are one answer, given by number %d of 100,000", async (which) => {
    await using system = start();
    const eager = system.spawn(Eager);
    const answer = eager.ask.ask(100_000);
    await eager.ask.answer(which);
    expect(await answer).toBe(which);
    const cell = system.cellOf(eager);
    expect(cell?.isOccupied).toBe(false);
  });

  it("[X1] end with the actor", async () => {
    await using system = start();
    const eager = system.spawn(Eager);
    const answer = eager.ask.ask(100_000).catch(({ code }: { code: string }) => code);
    await eager.with({ priority: "low" }).ask.answer(200_000);
    await system.stopActor(eager);
    expect(await answer).toBe("noproc");
  });
});

it("[X1] a deferred reply that fails with a Rejection gives its asker the error in it, as a handler that throws one does", async () => {
  class Shop extends Actor {
    sell(): Promise<number> {
      const reply = this.context.deferReply<number>();
      reply.fail(new Rejection(new RangeError("sold out")));
      return reply.later;
    }
  }
  await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
  await expect(system.spawn(Shop).ask.sell()).rejects.toEqual(new RangeError("sold out"));
});
