import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorClass,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  type DeferredReply,
  DynamicSupervisor,
  type LogEvent,
  type Runtime,
  Supervisor,
  systemRuntime,
} from "../index.ts";
import { ManualTime } from "../testing/manual-time.ts";

/** What happened, in order. */
type Events = string[];

/** There before the others: keeps what they hand over. */
class Store extends Actor {
  readonly #events: Events;
  readonly #takers: DeferredReply<string>[] = [];
  readonly #rows: string[] = [];
  constructor(events: Events) {
    super();
    this.#events = events;
  }
  save(row: string): number {
    this.#events.push(`saved ${row}`);
    return this.#rows.push(row);
  }
  async saveAfter(gate: Promise<void>, row: string): Promise<number> {
    await gate;
    return this.save(row);
  }
  async saveSlowly(row: string): Promise<number> {
    await turns(20);
    return this.save(row);
  }
  /** Answers when there is something, as a queue does. */
  take(): Promise<string> {
    const reply = this.context.deferReply<string>();
    this.#takers.push(reply);
    return reply.later;
  }
  async *saved(): AsyncGenerator<string> {
    yield* this.#rows;
  }
  async *changes(): AsyncGenerator<string> {
    yield* this.#rows;
    await new Promise(() => {});
  }
  async *ticks(): AsyncGenerator<string> {
    for (;;) {
      await turns(1);
      yield "tick";
    }
  }
  async hang(): Promise<void> {
    await new Promise(() => {});
  }
  protected override onStop(): void {
    this.#events.push("store stops");
  }
}

/** Uses the store until its end. */
class Writer extends Actor {
  protected readonly store: ActorRef<Store>;
  protected readonly events: Events;
  readonly #flush: string;
  constructor(store: ActorRef<Store>, events: Events, flush = "ask") {
    super();
    this.store = store;
    this.events = events;
    this.#flush = flush;
  }
  async work(): Promise<void> {
    await this.store.ask.take();
  }
  async follow(): Promise<void> {
    for await (const row of this.store.stream.changes()) this.events.push(`follows ${row}`);
  }
  async followTicks(): Promise<void> {
    for await (const _ of this.store.stream.ticks());
  }
  async finish(row: string): Promise<void> {
    await turns(50);
    await this.store.ask.saveSlowly(row);
  }
  async save(gate: Promise<void>): Promise<void> {
    await this.store.ask.saveAfter(gate, "job");
    this.events.push("follows job");
  }
  async workThrough(other: ActorRef<Writer>): Promise<void> {
    await other.with({ timeoutMs: 60_000 }).ask.work();
  }
  protected override async onStop(): Promise<void> {
    this.events.push("writer stops");
    await turns(5);
    await this.#hand();
    this.events.push("writer has stopped");
  }
  async #hand(): Promise<void> {
    switch (this.#flush) {
      case "ask":
        await this.store.ask.save("row");
        return;
      case "tell and ask":
        this.store.tell.saveSlowly("told");
        await this.store.ask.save("row");
        return;
      case "stream":
        for await (const row of this.store.stream.saved()) this.events.push(`read ${row}`);
        return;
      default:
        throw new Error(this.#flush);
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

type OnTimer = (delayMs: number, callback: () => void) => void;

function start(onTimer?: OnTimer): {
  system: ActorSystem;
  events: Events;
  log: LogEvent[];
  store: ActorRef<Store>;
} {
  const log: LogEvent[] = [];
  const runtime = systemRuntime({ log: createLog((event) => log.push(event), "info") });
  const setTimer: Runtime["setTimer"] = (delayMs, callback, options) => {
    onTimer?.(delayMs, callback);
    return runtime.setTimer(delayMs, callback, options);
  };
  const system = new ActorSystem({ runtime: { ...runtime, setTimer } });
  const events: Events = [];
  return { system, events, log, store: system.spawn(Store, { args: [events] }) };
}

describe("[X2] a stop of the system: an actor may use those that were there before it until its end", () => {
  it.each([
    ["ask", ["writer stops", "saved row", "writer has stopped", "store stops"]],
    ["tell and ask", ["writer stops", "saved told", "saved row", "writer has stopped", "store stops"]],
    ["stream", ["writer stops", "read before", "writer has stopped", "store stops"]],
  ])("its onStop: %s", async (flush, expected) => {
    const { system, events, log, store } = start();
    await store.ask.save("before");
    system.spawn(Writer, { args: [store, events, flush] });
    await system.stop();
    expect(events).toEqual(["saved before", ...expected]);
    expect(log).toEqual([]);
  });

  it("its handler at work, and its onStop after that", async () => {
    const { system, events, log, store } = start();
    const writer = system.spawn(Writer, { args: [store, events] });
    writer.tell.finish("job");
    await turns(1);
    await system.stop();
    expect(events).toEqual(["saved job", "writer stops", "saved row", "writer has stopped", "store stops"]);
    expect(log).toEqual([]);
  });

  it("each of a thousand, one after the other", async () => {
    const { system, events, log, store } = start();
    for (let i = 0; i < 1_000; i++) system.spawn(Writer, { args: [store, events] });
    await system.stop(60_000);
    expect(events.filter((event) => event === "saved row").length).toBe(1_000);
    expect(events.slice(0, 6)).toEqual([...events.slice(0, 3), ...events.slice(0, 3)]);
    expect(events.at(-1)).toBe("store stops");
    expect(log).toEqual([]);
  });

  it.each<[string, (system: ActorSystem, args: [ActorRef<Store>, Events]) => unknown]>([
    [
      "the child of a supervisor",
      (system, args) => system.spawn(Supervisor, { args: [{ children: [childSpec(Writer, { args })] }] }),
    ],
    [
      "the child of a dynamic one",
      (system, args) => system.spawn(DynamicSupervisor).ask.startChild(childSpec(Writer, { args })),
    ],
    ["one that another one has spawned and left", (system, args) => system.spawn(Parent, { args: [Writer, args] })],
    ["two levels down", (system, args) => system.spawn(Parent, { args: [Parent, [Writer, args]] })],
  ])("%s", async (_who, spawn) => {
    const { system, events, log, store } = start();
    await spawn(system, [store, events]);
    await turns(5);
    await system.stop();
    expect(events).toEqual(["writer stops", "saved row", "writer has stopped", "store stops"]);
    expect(log).toEqual([]);
  });

  it("also those of a supervisor that was there before", async () => {
    const { system, events, log } = start();
    const children = [childSpec(Store, { args: [events] })];
    const supervisor = system.spawn(Supervisor, { args: [{ children }] });
    const [info] = await supervisor.ask.whichChildren();
    system.spawn(Writer, { args: [info?.ref as ActorRef<Store>, events] });
    await system.stop();
    expect(events).toEqual(["writer stops", "saved row", "writer has stopped", "store stops", "store stops"]);
    expect(log).toEqual([]);
  });

  it("actors of the runtime are there for all of the program, whenever they were started", async () => {
    const { system, events, log } = start();
    const ref = Promise.withResolvers<ActorRef<Store>>();
    class Late extends Actor {
      protected override async onStop(): Promise<void> {
        await (await ref.promise).ask.save("row");
      }
    }
    system.spawn(Late);
    ref.resolve(system.spawn(Store, { args: [events], guardian: "system" }));
    await system.stop();
    expect(events).toEqual(["saved row", "store stops", "store stops"]);
    expect(log).toEqual([]);
  });
});

class Parent extends Actor {
  constructor(child: ActorClass, args: unknown[]) {
    super();
    this.context.spawn(child, { args });
  }
}

describe("[X2] a stop of the system takes no longer because of what nobody will answer", () => {
  it.each(["work", "follow", "followTicks"] as const)(
    "a handler that waits in %s() for an older one: it ends quietly, and may still hand over",
    async (method) => {
      const { system, events, log, store } = start();
      const writers = Array.from({ length: 100 }, () => system.spawn(Writer, { args: [store, events] }));
      for (const writer of writers) writer.tell[method]();
      await turns(5);
      await system.stop();
      expect(events.filter((event) => event === "saved row").length).toBe(100);
      expect(events.at(-1)).toBe("store stops");
      expect(log).toEqual([]);
    },
  );

  it("a handler that asks again whenever there was no answer in time", async () => {
    const { system, events, log, store } = start();
    let asked = 0;
    class Patient extends Writer {
      override async work(): Promise<void> {
        for (;;) {
          asked++;
          await this.store.ask.take().catch((error) => {
            if (error.code !== "timeout") throw error;
          });
        }
      }
    }
    system.spawn(Patient, { args: [store, events] }).tell.work();
    await turns(5);
    await system.stop();
    expect(asked).toBe(1);
    expect(events).toEqual(["writer stops", "saved row", "writer has stopped", "store stops"]);
    expect(log).toEqual([]);
  });

  it("a handler that waits for one that waits itself", async () => {
    const { system, events, log, store } = start();
    const middle = system.spawn(Writer, { args: [store, events] });
    const last = system.spawn(Writer, { args: [store, events] });
    last.tell.workThrough(middle);
    await turns(5);
    await system.stop();
    expect(events.filter((event) => event === "saved row").length).toBe(2);
    expect(log).toEqual([]);
  });

  it("the children of a supervisor, of which one waits for another", async () => {
    const { system, events, log, store } = start();
    const children = Array.from({ length: 20 }, (_, i) => childSpec(Writer, { id: `${i}`, args: [store, events] }));
    const supervisor = system.spawn(Supervisor, { args: [{ children }] });
    for (const { ref } of await supervisor.ask.whichChildren()) (ref as ActorRef<Writer>).tell.work();
    await turns(5);
    await system.stop();
    expect(events.filter((event) => event === "saved row").length).toBe(20);
    expect(log).toEqual([]);
  });

  it("a message to one that the stop has ended is no warning", async () => {
    const { system, log, store } = start();
    class Teller extends Actor {
      protected override async onStop(): Promise<void> {
        late.tell.save("row");
      }
    }
    system.spawn(Teller);
    const late = system.spawn(Store, { args: [[]] });
    await system.stop();
    store.tell.save("after the stop");
    expect(system.deadLetters).toBe(2);
    expect(log).toEqual([]);
  });

  it("a hung older one costs its own time, and its askers theirs", async () => {
    const { system, events, log, store } = start();
    store.tell.hang();
    system.spawn(Writer, { args: [store, events] });
    await turns(5);
    await system.stop(100);
    expect(events).toEqual(["writer stops"]);
    expect(log.map(({ event, fields }) => `${event} ${fields?.actor ?? ""}`).sort()).toEqual([
      "actor killed: it did not stop in time Store",
      "actor killed: it did not stop in time Writer",
      "actors stop side by side from here on ",
    ]);
  });

  it("what an older one works at is waited for, however long", async () => {
    const patience: (() => void)[] = [];
    const { system, events, log, store } = start((delayMs, callback) => {
      if (delayMs === 500) patience.push(callback);
    });
    const gate = Promise.withResolvers<void>();
    store.tell.saveAfter(gate.promise, "first");
    const writer = system.spawn(Writer, { args: [store, events] });
    writer.tell.save(gate.promise);
    await turns(5);
    const stopped = system.stop();
    await turns(5);
    // Its message waits in the mailbox, and later it is at work.
    for (let i = 0; i < 5; i++) patience.pop()?.();
    await turns(5);
    expect(events).toEqual([]);
    gate.resolve();
    await stopped;
    expect(events).toEqual([
      ...["saved first", "saved job", "follows job", "writer stops", "saved row", "writer has stopped"],
      "store stops",
    ]);
    expect(log).toEqual([]);
  });

  it("those whose turn has not come when the time is over are all told", async () => {
    const ended: number[] = [];
    const timers: (() => void)[] = [];
    const { system, log } = start((_delayMs, callback) => timers.push(callback));
    const gate = Promise.withResolvers<void>();
    let told = 0;
    class Slow extends Actor {
      readonly #index: number;
      constructor(index: number) {
        super();
        this.#index = index;
      }
      protected override async onStop(): Promise<void> {
        told++;
        await gate.promise;
        ended.push(this.#index);
      }
    }
    for (let i = 0; i < 200; i++) system.spawn(Slow, { args: [i] });
    const stopped = system.stop();
    await turns(20);
    expect(told).toBe(1);
    // The first one that was set: the time for all of them.
    timers[0]?.();
    await turns(20);
    expect(told).toBe(200);
    gate.resolve();
    await stopped;
    expect(ended).toEqual(Array.from({ length: 200 }, (_, i) => 199 - i));
    expect(log.map(({ event }) => event)).toEqual(["actors stop side by side from here on"]);
  });
});

describe("[X22] the time to stop", () => {
  it("begins anew for an actor that has had no turn", async () => {
    const time = new ManualTime();
    const waiting: (() => void)[] = [];
    const queue = (callback: () => void): void => void waiting.push(callback);
    const log: LogEvent[] = [];
    const system = new ActorSystem({
      runtime: {
        ...time.runtime,
        log: createLog((event) => void log.push(event), "warn"),
        microtask: queue,
        nextTurn: queue,
      },
    });
    class Hanging extends Actor {
      protected override onStop(): Promise<never> {
        return new Promise(() => {});
      }
    }
    class Idle extends Actor {}
    const idle = system.spawn(Idle);
    const hanging = system.spawn(Hanging);
    const stopped = Promise.all([idle, hanging].map((ref) => system.stopActor(ref, "shutdown", 100)));
    time.advance(450);
    expect(system.size).toBe(2);
    for (const turn of waiting.splice(0)) turn();
    expect(system.size).toBe(1);
    expect(log).toEqual([]);
    time.advance(100);
    expect(system.size).toBe(0);
    expect(log.map(({ event, fields }) => [event, fields.actor])).toEqual([
      ["actor killed: it did not stop in time", "Hanging"],
    ]);
    for (const turn of waiting.splice(0)) turn();
    await stopped;
  });
});
