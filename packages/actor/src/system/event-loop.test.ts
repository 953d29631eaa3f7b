import { describe, expect, it } from "vitest";
import { Actor, type ActorRef, ActorStream, ActorSystem, LocalRegistry, silentLog, systemRuntime } from "../index.ts";
import { askRecipient } from "../spi.ts";

const runtime = systemRuntime({ log: silentLog });

class Sink extends Actor {
  static readonly reentrant: readonly string[] = ["loop"];
  count = 0;
  store(_row: number): void {
    this.count++;
  }
  async *items(): AsyncGenerator<number> {
    yield 1;
  }
  async *numbers(): AsyncGenerator<number> {
    for (let number = 0; ; number++) yield number;
  }
  async hold(): Promise<never> {
    return new Promise(() => {});
  }
  loop(step: (i: number) => Promise<unknown>): Promise<boolean> {
    return untilTimer(step);
  }
}

/** Steps after which a loop that has let no timer run never will. */
const stepsMax = 200_000;

/** Steps again and again until a timer of 1 ms and a turn of the event loop have had their chance. @returns whether they had. */
async function untilTimer(step: (i: number) => Promise<unknown>): Promise<boolean> {
  let isThere = false;
  setTimeout(() => setImmediate(() => (isThere = true)), 1);
  for (let i = 0; i < stepsMax && !isThere; i++) await step(i);
  return isThere;
}

/** Turns of the event loop after which an actor that has not answered never will. */
const turnsMax = 200;

/** Steps again and again until actors have answered, which are asked after the loop has used up its time. @returns whether they have. */
async function untilAnswers(system: ActorSystem, step: (i: number) => Promise<unknown>): Promise<boolean> {
  let isThere = false;
  let turns = 0;
  const count = (): void => {
    if (!isThere && turns++ < turnsMax) setImmediate(count);
  };
  count();
  const asked = [system.spawn(Sink), system.spawn(Sink)];
  setTimeout(async () => {
    for (const each of asked) await each.ask.store(1);
    isThere = true;
  }, 1);
  for (let i = 0; turns < turnsMax && !isThere; i++) await step(i);
  return isThere;
}

interface Stage {
  readonly system: ActorSystem;
  readonly names: LocalRegistry<undefined>;
  readonly sink: ActorRef<Sink>;
  readonly stopped: ActorRef<Sink>;
  readonly full: ActorRef<Sink>;
}

async function withStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const system = new ActorSystem({ runtime });
  const [sink, stopped, full] = [
    system.spawn(Sink),
    system.spawn(Sink),
    system.spawn(Sink, { mailbox: { capacity: 1 }, stopMs: 1 }),
  ];
  await system.stopActor(stopped);
  full.tell.hold();
  while (system.cellOf(full)?.mailboxLength !== 0) await new Promise<void>((resolve) => runtime.nextTurn(resolve));
  full.tell.store(1);
  await play({ system, names: new LocalRegistry(system, { keys: "unique" }), sink, stopped, full });
  system.cellOf(full)?.kill();
  await system.stop();
}

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: { code: string }) => error.code);

const loops: readonly [name: string, step: (stage: Stage) => (i: number) => Promise<unknown>][] = [
  [
    "a sender that waits for room before each message",
    ({ sink }) =>
      async (i) => {
        await sink.ready();
        sink.tell.store(i);
      },
  ],
  [
    "a wait for room where there is always some",
    ({ sink }) =>
      () =>
        sink.ready(),
  ],
  [
    "a wait for room at an actor that has ended",
    ({ stopped }) =>
      () =>
        stopped.ready(),
  ],
  [
    "a wait for room at a name that nobody has",
    ({ names }) =>
      () =>
        names.ref<Sink>("nobody").ready(),
  ],
  [
    "asks of an actor that has ended",
    ({ stopped }) =>
      () =>
        failure(stopped.ask.store(1)),
  ],
  [
    "asks of a name that nobody has",
    ({ names }) =>
      () =>
        failure(names.ref<Sink>("nobody").ask.store(1)),
  ],
  [
    "asks that are no messages",
    ({ sink }) =>
      () =>
        failure(askRecipient(sink.recipient, "nonsense", [])),
  ],
  [
    "asks of a full mailbox",
    ({ full }) =>
      () =>
        failure(full.ask.store(1)),
  ],
  [
    "asks that were taken back before",
    ({ sink }) => {
      const signal = AbortSignal.abort("before");
      return () => failure(sink.with({ signal }).ask.store(1));
    },
  ],
  [
    "streams of an actor that has ended",
    ({ stopped }) =>
      () =>
        failure(stopped.stream.items().next()),
  ],
  [
    "streams that are none",
    ({ sink }) =>
      () =>
        failure(new ActorStream(sink.recipient, { method: "store", args: [], options: undefined }).next()),
  ],
  [
    "answers",
    ({ sink }) =>
      (i) =>
        sink.ask.store(i),
  ],
  [
    "streams",
    ({ sink }) =>
      async () => {
        for await (const _ of sink.stream.items());
      },
  ],
  [
    "starts",
    ({ system }) =>
      () =>
        system.whenStarted(system.spawn(Sink)),
  ],
  [
    "stops",
    ({ system }) =>
      () =>
        system.stopActor(system.spawn(Sink)),
  ],
  [
    "stops of an actor that has ended",
    ({ system, stopped }) =>
      () =>
        system.stopActor(stopped),
  ],
  [
    "kills",
    ({ system }) =>
      () =>
        system.stopActor(system.spawn(Sink), "normal", 0),
  ],
  [
    "ends that are refused",
    ({ system, sink }) =>
      () =>
        failure(system.stopActor(sink, "normal", Number.NaN)),
  ],
  [
    "the start of an actor that has ended",
    ({ system, stopped }) =>
      () =>
        failure(system.whenStarted(stopped)),
  ],
  [
    "the items of a stream",
    ({ sink }) => {
      const items = sink.stream.numbers();
      return () => items.next();
    },
  ],
];

describe("a loop without an end lets timers and I/O have their turns that awaits", () => {
  it.each(loops)("[X13] %s", async (_name, step) => {
    await withStage(async (stage) => expect(await untilTimer(step(stage))).toBe(true));
  });

  it.each(loops.slice(0, 5))("[X13] %s, in a handler", async (_name, step) => {
    await withStage(async (stage) => {
      const looping = stage.system.spawn(Sink);
      expect(await looping.with({ timeoutMs: 60_000 }).ask.loop(step(stage))).toBe(true);
    });
  });
});

describe("a loop without an end lets actors have their turns that awaits", () => {
  it.each(loops)("[X13] %s", async (_name, step) => {
    await withStage(async (stage) => expect(await untilAnswers(stage.system, step(stage))).toBe(true));
  });

  it("[X13] the same, while another such loop goes on, which is let through as well", async () => {
    await withStage(async ({ system, sink, stopped }) => {
      let others = 0;
      let isOver = false;
      const other = (async () => {
        for (; !isOver; others++) await sink.ready();
      })();
      const steps = async (): Promise<void> => {
        await stopped.ready();
      };
      expect(await untilAnswers(system, steps)).toBe(true);
      isOver = true;
      await other;
      expect(others).toBeGreaterThan(100);
    });
  });
});

describe("a reader of a stream whose items have all come", () => {
  const count = 1_000;

  /** A clock that only the reader moves, and a stream whose items wait for it. */
  async function withItems(
    play: (items: ActorStream<number>, spend: (ms: number) => void) => Promise<void>,
    signal?: AbortSignal,
  ) {
    let now = 0;
    const system = new ActorSystem({ runtime: { ...runtime, now: () => now } });
    let sent = 0;
    class Source extends Actor {
      async *rows(): AsyncGenerator<number> {
        for (; sent < count; sent++) yield sent;
      }
    }
    const items = system
      .spawn(Source)
      .with({ window: 2 * count, ...(signal && { signal }) })
      .stream.rows();
    expect(await items.next()).toEqual({ done: false, value: 0 });
    await expect.poll(() => sent).toBe(count);
    await play(items, (ms) => (now += ms));
    await system.stop();
  }

  it("[X13] lets timers and I/O have their turns when 2 ms of one are spent", async () => {
    await withItems(async (items, spend) => {
      let turns = 0;
      const look = (): void => void (turns++ < count && setImmediate(look));
      setImmediate(look);
      let read = 1;
      for await (const _ of items) {
        read++;
        spend(0.5);
      }
      expect(read).toBe(count);
      // Four items a turn; where the first steps were quick, up to 16 go between two looks at the clock.
      expect(turns).toBeGreaterThan(count / 16);
    });
  });

  it("[X13] is given nothing more that it waits for in such a turn once its signal is aborted", async () => {
    const abort = new AbortController();
    await withItems(async (items, spend) => {
      const reads: Promise<unknown>[] = [];
      for (let i = 0; i < 100; i++) {
        reads.push(items.next().catch((error: unknown) => error));
        spend(0.5);
      }
      const inTime = await Promise.race(reads);
      abort.abort("enough");
      expect(inTime).toEqual({ done: false, value: 1 });
      const [late, ...others] = (await Promise.all(reads)).slice(16);
      expect([late, new Set(others).size]).toEqual(["enough", 1]);
      expect(await items.next()).toEqual({ done: true, value: undefined });
    }, abort.signal);
  });

  it("[X13] is given all that it has asked for, in order, also when it leaves the stream meanwhile", async () => {
    await withItems(async (items, spend) => {
      const reads: Promise<IteratorResult<number, undefined>>[] = [];
      for (let i = 0; i < 100; i++) {
        reads.push(items.next());
        spend(0.5);
      }
      await items.return();
      expect((await Promise.all(reads)).map(({ value }) => value)).toEqual(
        Array.from({ length: 100 }, (_, i) => i + 1),
      );
    });
  });
});

describe("100,000 asks whose time is up in one moment", () => {
  it("[X16] fail over several turns of the event loop, and without stacks of the timer", async () => {
    const system = new ActorSystem({ runtime });
    const silent = system.spawn(Sink, { stopMs: 1 });
    silent.tell.hold();
    const asking = silent.with({ timeoutMs: 50 });
    const failed: { turn: number; stack: string | undefined }[] = [];
    let turn = 0;
    const note = (error: Error): void => void failed.push({ turn, stack: error.stack });
    const asks = Array.from({ length: 100_000 }, () => asking.ask.store(1).catch(note));
    let isOver = false;
    const count = (): void => {
      turn++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(asks);
    isOver = true;
    expect(failed).toHaveLength(100_000);
    const turns = new Set(failed.map((each) => each.turn));
    expect(turns.size).toBeGreaterThan(3);
    expect(failed[0]?.stack).toMatch(/^ActorError: store\(\) of local\/1 got no answer within 50 ms(\n|$)/);
    expect(failed[0]?.stack).not.toMatch(/deadlines\.ts/);
    system.cellOf(silent)?.kill();
    await system.stop();
  });

  it("[X16] and those that an end takes with it carry no stacks either, while one that is refused shows who asked", async () => {
    const system = new ActorSystem({ runtime });
    const silent = system.spawn(Sink, { stopMs: 1 });
    silent.tell.hold();
    const stackOf = (promise: Promise<unknown>): Promise<string | undefined> =>
      promise.then(
        () => undefined,
        (error: Error) => error.stack,
      );
    const waiting = stackOf(silent.ask.store(1));
    system.cellOf(silent)?.kill();
    expect(await waiting).toMatch(/^ActorError: Sink local\/1 has ended \(killed\)(\n|$)/);
    expect(await waiting).not.toMatch(/actor-cell/);
    expect(await stackOf(silent.ask.store(1))).toContain("event-loop.test.ts");
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
    await system.stop();
  });
});
