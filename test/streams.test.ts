import { ActorStream, ActorSystem, createLog, systemRuntime } from "@foundation/actor";
import { askRecipient, StreamProducer } from "@foundation/actor/spi";
import { Actor, type ActorRef, Rejection } from "@foundation/runtime";
import { ByteWriter, Codec } from "@foundation/transport";
import { describe, expect, it } from "vitest";
import { type Place, places, twoNodes } from "./support/places.ts";

/** As docs/reference/protocol.md says. */
const streamItemKind = 15;

/** What the generators of one test did. */
interface Seen {
  readonly made: number[];
  readonly ended: string[];
}

let seen: Seen;

class Source extends Actor {
  async *count(to: number): AsyncGenerator<number> {
    try {
      for (let i = 1; i <= to; i++) {
        seen.made.push(i);
        yield i;
      }
      seen.ended.push("all");
    } finally {
      seen.ended.push("finally");
    }
  }
  async *ticks(everyMs: number): AsyncGenerator<number> {
    try {
      for (let i = 1; ; i++) {
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(everyMs, resolve));
        yield i;
      }
    } finally {
      seen.ended.push("finally");
    }
  }
  async *failAfter(count: number, how: "crash" | "reject"): AsyncGenerator<number> {
    for (let i = 1; i <= count; i++) yield i;
    const error = new RangeError(`after ${count}`);
    throw how === "crash" ? error : new Rejection(error);
  }
  async *odd(): AsyncGenerator<unknown> {
    try {
      yield 1;
      yield () => 1;
      yield 3;
    } finally {
      seen.ended.push("finally");
    }
  }
  async *silent(): AsyncGenerator<number> {
    await new Promise(() => {});
    yield 1;
  }
  async *forever(): AsyncGenerator<number> {
    try {
      for (let i = 1; ; i++) yield i;
    } finally {
      seen.ended.push("finally");
    }
  }
  async *badEnd(): AsyncGenerator<number> {
    try {
      for (;;) yield 1;
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: what such a handler does is what is tested.
      throw new Error("in finally");
    }
  }
  async *hangingEnd(): AsyncGenerator<number> {
    try {
      for (;;) yield 1;
    } finally {
      await new Promise(() => {});
    }
  }
  async hold(): Promise<void> {
    await new Promise(() => {});
  }
  ping(): string {
    return "pong";
  }
}

async function take<T>(stream: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) if (items.push(item) === count) break;
  return items;
}

const all = <T>(stream: AsyncIterable<T>): Promise<T[]> => take(stream, Number.POSITIVE_INFINITY);

describe.each(places)("a stream %s", (where, makePlace) => {
  async function start(): Promise<{ place: Place; source: ActorRef<Source> }> {
    seen = { made: [], ended: [] };
    const place = await makePlace();
    return { place, source: place.spawn(Source) };
  }

  it("gives all items in order, then ends", async () => {
    const { place, source } = await start();
    await using _ = place;
    const items = await place.settle(all(source.stream.count(1_000)));
    expect(items).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
    expect(seen.ended).toEqual(["all", "finally"]);
  });

  it("opens when its first item is asked for, not before", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.stream.count(3);
    await place.advance(10_000);
    expect(seen.made).toEqual([]);
    expect(await place.settle(all(stream))).toEqual([1, 2, 3]);
  });

  it.each([1, 2, 7, 64])("makes exactly %d items ahead of its reader, and as many more as it reads", async (window) => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.with({ window }).stream.count(1_000);
    for (let read = 1; read <= 3 * window; read++) {
      expect((await place.settle(stream.next())).value).toBe(read);
      await place.advance(1_000);
      expect(seen.made.length).toBeLessThanOrEqual(read + window);
      // Credits come back in halves of the window.
      expect(seen.made.length).toBeGreaterThan(read + window / 2 - 1);
    }
    await place.settle(stream.return());
  });

  it("serves concurrent next() in the order of the calls, and gives the rest an end", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.stream.count(3);
    const results = await place.settle(Promise.all(Array.from({ length: 5 }, () => stream.next())));
    expect(results.map(({ value, done }) => [value, done])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [undefined, true],
      [undefined, true],
    ]);
  });

  it("ends its generator when the loop is left: finally runs, nothing more is made", async () => {
    const { place, source } = await start();
    await using _ = place;
    expect(await place.settle(take(source.with({ window: 4 }).stream.forever(), 3))).toEqual([1, 2, 3]);
    await place.advance(100);
    expect(seen.ended).toEqual(["finally"]);
    expect(place.host.deadlines.size + place.caller.deadlines.size).toBe(0);
    expect(await place.settle(source.ask.ping())).toBe("pong");
  });

  it("ends at once for its reader and later for its generator when that waits for something", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.stream.ticks(1_000);
    const waiting = stream.next();
    await place.advance(10);
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await place.advance(2_000);
    expect(seen.ended).toEqual(["finally"]);
  });

  it("ends with the reason of its AbortSignal, before and while it runs", async () => {
    const { place, source } = await start();
    await using _ = place;
    const aborted = source.with({ signal: AbortSignal.abort(new Error("too late")) }).stream.forever();
    await expect(aborted.next()).rejects.toThrow("too late");
    const controller = new AbortController();
    const stream = source.with({ signal: controller.signal }).stream.ticks(10);
    expect((await place.settle(stream.next())).value).toBe(1);
    const waiting = stream.next();
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await place.advance(100);
    expect(seen.ended).toEqual(["finally"]);
  });

  it("[X1] that is aborted gives nothing any more, not even what had come, also where its generator is through", async () => {
    for (const open of [
      (ref: ActorRef<Source>) => ref.stream.count(10),
      (ref: ActorRef<Source>) => ref.stream.forever(),
      (ref: ActorRef<Source>) => ref.stream.failAfter(10, "reject"),
    ]) {
      const { place, source } = await start();
      await using _ = place;
      const controller = new AbortController();
      const stream = open(source.with({ signal: controller.signal }));
      expect((await place.settle(stream.next())).value).toBe(1);
      await place.advance(1_000);
      controller.abort();
      await expect(stream.next()).rejects.toMatchObject({ name: "AbortError" });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    }
  });

  it("[X1] that was read to its end is not aborted any more", async () => {
    const { place, source } = await start();
    await using _ = place;
    const controller = new AbortController();
    const stream = source.with({ signal: controller.signal }).stream.count(2);
    expect(await place.settle(all(stream))).toEqual([1, 2]);
    controller.abort();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("[X1] is disposed of as its loop is left: nothing is read any more, and its generator ends", async () => {
    const { place, source } = await start();
    await using _ = place;
    const disposable: AsyncDisposable & AsyncIterator<number> = source.stream.forever();
    expect((await place.settle(disposable.next())).value).toBe(1);
    await place.advance(100);
    expect(await disposable[Symbol.asyncDispose]()).toBeUndefined();
    expect(await disposable.next()).toEqual({ done: true, value: undefined });
    await place.advance(100);
    expect(seen.ended).toEqual(["finally"]);
  });

  it("[X1] that has failed and is disposed of says nothing of it", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.stream.failAfter(1, "reject");
    expect((await place.settle(stream.next())).value).toBe(1);
    await place.advance(1_000);
    await stream[Symbol.asyncDispose]();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("gives its reader what was made before the generator threw, then the error; the actor has crashed", async () => {
    const { place, source } = await start();
    await using _ = place;
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of source.stream.failAfter(2, "crash")) items.push(item);
    })();
    const [result] = await place.settle(Promise.allSettled([reading]));
    expect(result).toMatchObject({ status: "rejected", reason: { message: "after 2", name: "RangeError" } });
    expect(items).toEqual([1, 2]);
    await place.advance(10);
    expect(place.cell(source).isAlive).toBe(false);
  });

  it("gives its reader the cause of a Rejection, and the actor lives", async () => {
    const { place, source } = await start();
    await using _ = place;
    const [result] = await place.settle(Promise.allSettled([all(source.stream.failAfter(2, "reject"))]));
    expect(result).toMatchObject({ status: "rejected", reason: { message: "after 2", name: "RangeError" } });
    expect(await place.settle(source.ask.ping())).toBe("pong");
  });

  it("fails with noproc when its actor is killed, after the items that were on their way", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.with({ window: 2 }).stream.forever();
    expect((await place.settle(stream.next())).value).toBe(1);
    await place.advance(100);
    place.cell(source).kill();
    await place.advance(100);
    expect((await stream.next()).value).toBe(2);
    const rest = await Promise.allSettled([stream.next(), stream.next(), stream.next()]);
    const failure = rest.find((result) => result.status === "rejected");
    expect(failure?.reason).toMatchObject({ code: "noproc" });
    expect(rest.at(-1)).toEqual({ status: "fulfilled", value: { done: true, value: undefined } });
    expect(seen.ended).toEqual(["finally"]);
  });

  it("fails with noproc when its actor had ended before", async () => {
    const { place, source } = await start();
    await using _ = place;
    place.cell(source).kill();
    const [result] = await place.settle(Promise.allSettled([source.stream.forever().next()]));
    expect(result).toMatchObject({ status: "rejected", reason: { code: "noproc" } });
  });

  it("fails with timeout when its handler does not begin in time, and then it never does", async () => {
    const { place, source } = await start();
    await using _ = place;
    source.tell.hold();
    const stream = source.with({ timeoutMs: 100 }).stream.count(3);
    const startedAt = place.now;
    const [result] = await place.settle(Promise.allSettled([stream.next()]));
    expect(result).toMatchObject({ status: "rejected", reason: { code: "timeout" } });
    expect(place.now - startedAt).toBeGreaterThanOrEqual(100);
    await place.advance(1_000);
    expect(seen.made).toEqual([]);
  });

  it("may take as long as it likes once its handler has begun", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.with({ timeoutMs: 100 }).stream.ticks(60_000);
    expect(await place.settle(take(stream, 3))).toEqual([1, 2, 3]);
    const silent = source.with({ timeoutMs: 100 }).stream.silent();
    const waiting = silent.next();
    await place.advance(60_000);
    await silent.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("says badMessage of a method that is no stream, and of a stream that is told or asked", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = new ActorStream(source.recipient, { method: "ping", args: [], options: undefined });
    const [result] = await place.settle(Promise.allSettled([stream.next()]));
    expect(result).toMatchObject({ status: "rejected", reason: { code: "badMessage" } });
    const ask = askRecipient(source.recipient, "count", [3]);
    const [asked] = await place.settle(Promise.allSettled([ask]));
    expect(asked).toMatchObject({ status: "rejected", reason: { code: "badMessage" } });
    if (where !== "between two nodes") {
      expect(() => source.recipient.tell("count", [3], undefined)).toThrow(
        expect.objectContaining({ code: "badMessage" }),
      );
    }
    expect(await place.settle(source.ask.ping())).toBe("pong");
  });

  it("does not hold the mailbox while it is read", async () => {
    const { place, source } = await start();
    await using _ = place;
    const stream = source.stream.ticks(1_000);
    const first = stream.next();
    await place.advance(10);
    expect(await place.settle(source.ask.ping())).toBe("pong");
    expect((await place.settle(first)).value).toBe(1);
    await place.settle(stream.return());
    await place.advance(2_000);
  });

  it("survives a generator that throws in its finally, and reports it as a crash", async () => {
    const { place, source } = await start();
    await using _ = place;
    expect(await place.settle(take(source.stream.badEnd(), 1))).toEqual([1]);
    await place.advance(100);
    expect(place.cell(source).isAlive).toBe(false);
  });

  it("is over for its reader although the generator's end hangs", async () => {
    const { place, source } = await start();
    await using _ = place;
    expect(await place.settle(take(source.stream.hangingEnd(), 1))).toEqual([1]);
    await place.advance(100);
    expect(await place.settle(source.ask.ping())).toBe("pong");
    expect(place.cell(source).isAlive).toBe(true);
  });

  if (where !== "on one node") {
    it("fails at an item that cannot travel, ends its generator, and the actor lives", async () => {
      const { place, source } = await start();
      await using _ = place;
      const items: unknown[] = [];
      const reading = (async () => {
        for await (const item of source.stream.odd()) items.push(item);
      })();
      const [result] = await place.settle(Promise.allSettled([reading]));
      expect(result).toMatchObject({ status: "rejected", reason: { code: "notSerializable" } });
      expect(items).toEqual([1]);
      expect(seen.ended).toEqual(["finally"]);
      expect(await place.settle(source.ask.ping())).toBe("pong");
    });
  }

  it("works by name", async () => {
    const { place, source } = await start();
    await using _ = place;
    const named = await place.named(source, "source");
    expect(named.stream.count(2)).toBeInstanceOf(ActorStream);
    expect(await place.settle(all(named.stream.count(200)))).toHaveLength(200);
    place.cell(source).kill();
    await place.advance(100);
    const [result] = await place.settle(Promise.allSettled([named.stream.count(2).next()]));
    expect(result).toMatchObject({ status: "rejected", reason: { code: "noproc" } });
  });
});

describe("a stream between two nodes", () => {
  it("fails with nodedown when the host's node dies, and ends its generator when the reader's does", async () => {
    seen = { made: [], ended: [] };
    await using place = await twoNodes();
    const source = place.spawn(Source);
    const stream = source.stream.ticks(10);
    expect((await place.settle(stream.next())).value).toBe(1);
    place.world.kill("host");
    const [result] = await place.settle(Promise.allSettled([take(stream, 1_000)]));
    expect(result).toMatchObject({ status: "rejected", reason: { code: "nodedown" } });
  });

  it("ends its generator when the reader's node dies", async () => {
    seen = { made: [], ended: [] };
    await using place = await twoNodes();
    const stream = place.spawn(Source).stream.ticks(10);
    expect((await place.settle(stream.next())).value).toBe(1);
    place.world.kill("caller");
    await place.advance(10_000);
    expect(seen.ended).toEqual(["finally"]);
  });
});

describe("a peer that sends more items than it was allowed", () => {
  it("loses its link", async () => {
    seen = { made: [], ended: [] };
    await using place = await twoNodes();
    const stream = place.spawn(Source).with({ window: 2 }).stream.silent();
    const waiting = stream.next();
    await place.advance(100);
    const [link] = place.world.get("host").node.transport.links();
    const item = new ByteWriter();
    item.u8(streamItemKind);
    item.varint(1);
    new Codec().encode("item", item);
    for (let i = 0; i < 2; i++) link?.send("data", item.bytes());
    await place.advance(100);
    expect(await waiting).toEqual({ done: false, value: "item" });
    expect(link?.isOpen).toBe(true);
    // The first was read, and its credit is back: two are allowed again, and no third.
    for (let i = 0; i < 2; i++) link?.send("data", item.bytes());
    await place.advance(100);
    expect(link?.isOpen).toBe(false);
    expect((await stream.next()).value).toBe("item");
    expect((await stream.next()).value).toBe("item");
    await expect(stream.next()).rejects.toMatchObject({ code: "nodedown" });
  });
});

describe("a stream's source", () => {
  it("[X6] fails the stream of an iterator that gives no results, instead of items without end", async () => {
    class Odd extends Actor {
      items(): AsyncIterable<number> {
        const next = (): Promise<IteratorResult<number>> => Promise.resolve(5 as unknown as IteratorResult<number>);
        return { [Symbol.asyncIterator]: () => ({ next }) };
      }
    }
    const lines: string[] = [];
    const log = createLog(({ event, fields }) => void lines.push(`${event} in ${fields.in}`));
    await using system = new ActorSystem({ runtime: systemRuntime({ log }) });
    const first = system.spawn(Odd).stream.items().next();
    await expect(first).rejects.toThrow("next() of the iterator gave 5; it gives an object { done, value }");
    await expect.poll(() => lines).toEqual(["actor crashed in items"]);
  });

  it("is given an end once, whatever comes later", () => {
    const told: string[] = [];
    const producer = new StreamProducer(
      {
        label: "host",
        streamOpened: () => {},
        streamEnded: () => told.push("streamEnded"),
        streamThrew: (error) => error,
        runAs: (callback) => callback(),
        takeTurn: () => undefined,
      },
      { started: () => {}, item: () => {}, end: () => told.push("end"), fail: () => told.push("fail") },
      "items",
    );
    producer.succeed("no iterable");
    producer.fail(new Error("late"));
    producer.cancel();
    producer.succeed([]);
    expect(told).toEqual(["streamEnded", "fail"]);
  });
});
