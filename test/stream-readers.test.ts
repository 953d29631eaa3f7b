import { startTask, TaskSupervisor } from "@foundation/actor";
import { Actor, type ActorRef } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { type Place, places } from "./support/places.ts";

let ended: string[];
let read: string[];

class Source extends Actor {
  static readonly reentrant: readonly string[] = ["beside"];
  async *ticks(): AsyncGenerator<number> {
    try {
      for (let i = 1; ; i++) {
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(10, resolve));
        yield i;
      }
    } finally {
      ended.push("finally");
    }
  }
  async *beside(): AsyncGenerator<number> {
    yield 1;
  }
  async *twice(): AsyncGenerator<number> {
    for await (const item of this.self<Source>().stream.beside()) yield 2 * item;
  }
  async readMine(name: "ticks" | "beside", afterMs: number): Promise<number | undefined> {
    if (afterMs > 0) await new Promise<void>((resolve) => this.context.system.runtime.setTimer(afterMs, resolve));
    return (await this.self<Source>().stream[name]().next()).value;
  }
  async readNamed(me: ActorRef<Source>): Promise<number | undefined> {
    return (await me.stream.ticks().next()).value;
  }
}

class Reader extends Actor {
  async readAll(source: ActorRef<Source>): Promise<void> {
    try {
      for await (const item of source.stream.ticks()) read.push(`${item}`);
      read.push("all");
    } catch (error) {
      read.push((error as { code: string }).code);
      throw error;
    }
  }
  readBeside(source: ActorRef<Source>): void {
    void this.readAll(source).catch(() => {});
  }
  readInTimer(source: ActorRef<Source>): void {
    this.context.timers.once("read", 1, () => this.readBeside(source));
  }
  async *pass(source: ActorRef<Source>): AsyncGenerator<number> {
    yield* source.stream.ticks();
  }
  crash(): never {
    throw new Error("crash");
  }
  /** Its code goes on after its end. */
  async readLater(source: ActorRef<Source>, afterMs: number): Promise<void> {
    await new Promise<void>((resolve) => this.context.system.runtime.setTimer(afterMs, resolve));
    await this.readAll(source);
  }
}

describe.each(places)("a stream that an actor reads %s", (_where, makePlace) => {
  async function start(): Promise<{ place: Place; source: ActorRef<Source>; reader: ActorRef<Reader> }> {
    [ended, read] = [[], []];
    const place = await makePlace();
    return { place, source: place.spawn(Source), reader: place.spawnHere(Reader) };
  }

  it.each(["readAll", "readBeside", "readInTimer"] as const)("[X6] ends when the reader is killed: %s", async (how) => {
    const { place, source, reader } = await start();
    await using _ = place;
    reader.tell[how](source);
    await place.advance(100);
    expect(read.slice(0, 3)).toEqual(["1", "2", "3"]);
    expect(place.cell(source).isOccupied).toBe(true);
    place.cell(reader).kill();
    await place.advance(100);
    // Not "all": what was read is not the whole.
    expect(read.at(-1)).toBe("noproc");
    expect(ended).toEqual(["finally"]);
    expect(place.cell(source).isOccupied).toBe(false);
    const count = read.length;
    await place.advance(1_000);
    expect(read).toHaveLength(count);
  });

  it.each<[string, (place: Place, reader: ActorRef<Reader>) => unknown]>([
    ["crashes", (_, reader) => reader.tell.crash()],
    ["stops in order", (place, reader) => place.caller.stopActor(reader)],
  ])("[X6] ends when the reader %s", async (_how, end) => {
    const { place, source, reader } = await start();
    await using _ = place;
    reader.tell.readBeside(source);
    await place.advance(100);
    end(place, reader);
    await place.advance(100);
    expect(read.at(-1)).toBe("noproc");
    expect(ended).toEqual(["finally"]);
    expect(place.cell(source).isOccupied).toBe(false);
  });

  it("[X6] ends with the task whose function reads it", async () => {
    const { place, source } = await start();
    await using _ = place;
    const tasks = place.spawnHere(TaskSupervisor);
    const task = await place.settle(
      startTask(tasks, async () => {
        for await (const item of source.stream.ticks()) read.push(`${item}`);
      }),
    );
    await place.advance(100);
    expect(read.length).toBeGreaterThan(3);
    await place.settle(task.cancel());
    await place.advance(100);
    expect(ended).toEqual(["finally"]);
  });

  it("[X6] ends with the actor that passes it on", async () => {
    const { place, source, reader } = await start();
    await using _ = place;
    const passed = reader.stream.pass(source);
    expect((await place.settle(passed.next())).value).toBe(1);
    const next = place.failure(passed.next());
    place.cell(reader).kill();
    expect(await next).toMatchObject({ code: "noproc" });
    await place.advance(100);
    expect(ended).toEqual(["finally"]);
  });

  it("[X6] is not opened by the code of an actor that has ended", async () => {
    const { place, source, reader } = await start();
    await using _ = place;
    reader.tell.readLater(source, 50);
    await place.advance(10);
    place.cell(reader).kill();
    await place.advance(1_000);
    expect(read).toEqual(["noproc"]);
    expect(place.cell(source).isOccupied).toBe(false);
  });

  it("[X6] leaves alone what others read of the same source, and what the reader has left itself", async () => {
    const { place, source, reader } = await start();
    await using _ = place;
    reader.tell.readBeside(source);
    const mine = source.stream.ticks();
    expect((await place.settle(mine.next())).value).toBe(1);
    place.cell(reader).kill();
    await place.advance(100);
    expect(ended).toEqual(["finally"]);
    expect((await place.settle(mine.next())).value).toBe(2);
    await place.settle(mine.return());
    await place.advance(100);
    expect(ended).toEqual(["finally", "finally"]);
  });

  it.each([0, 20])("[X17] of its own is refused at once in a handler, after %d ms of it", async (afterMs) => {
    const { place, source } = await start();
    await using _ = place;
    const startedAt = place.now;
    expect(await place.failure(source.ask.readMine("ticks", afterMs))).toMatchObject({ code: "askSelf" });
    expect(place.now - startedAt).toBeLessThan(1_000);
  });

  it("[X17] of its own is read where the handler does not hold it: a reentrant one, and from a generator", async () => {
    const { place, source } = await start();
    await using _ = place;
    expect(await place.settle(source.ask.readMine("beside", 0))).toBe(1);
    expect((await place.settle(source.stream.twice().next())).value).toBe(2);
  });

  it("[X17] of its own is refused by name as well", async () => {
    const { place, source } = await start();
    await using _ = place;
    const named = await place.named(source, "source");
    const startedAt = place.now;
    expect(await place.failure(source.ask.readNamed(named))).toMatchObject({ code: "askSelf" });
    expect(place.now - startedAt).toBeLessThan(1_000);
  });
});
