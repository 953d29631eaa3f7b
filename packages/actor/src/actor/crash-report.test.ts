import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  DynamicSupervisor,
  type LogEvent,
  Supervisor,
  startTask,
  systemRuntime,
  TaskSupervisor,
} from "../index.ts";

/** What tells of an end that went wrong: errors with their place, and names of those that were told already. */
function start() {
  const events: LogEvent[] = [];
  const system = new ActorSystem({ runtime: systemRuntime({ log: createLog((event) => void events.push(event)) }) });
  const troubles = (): LogEvent[] => events.filter(({ level }) => level === "warn" || level === "error");
  const crashes = (): string[] =>
    troubles().map(({ event, fields: { error, in: method } }) => {
      const place =
        error instanceof Error && error.stack?.includes("crash-report.test.ts") ? "with its place" : "unplaced";
      return `${event}: ${(error as Error | undefined)?.message} in ${method}, ${place}`;
    });
  return { system, troubles, crashes, [Symbol.asyncDispose]: () => system.stop() };
}

const sleep = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function readAll(items: AsyncIterable<number>): Promise<void> {
  for await (const _ of items);
}

class Faulty extends Actor {
  now(): never {
    throw new RangeError("now");
  }
  async later(): Promise<void> {
    await sleep();
    throw new RangeError("later");
  }
  inTimer(): void {
    this.context.timers.once("tick", 1, () => {
      throw new RangeError("in a timer");
    });
  }
  forget(): void {
    void (async () => {
      await sleep();
      throw new RangeError("forgotten");
    })();
  }
  async *items(): AsyncGenerator<number> {
    yield 1;
    throw new RangeError("in a stream");
  }
  text(): never {
    throw "no error at all";
  }
}

class NoStart extends Actor {
  protected override onStart(): void {
    throw new RangeError("at the start");
  }
}

describe("one crash is one event, which shows its place", () => {
  const faults: [string, (ref: ActorRef<Faulty>) => void, string][] = [
    ["a handler", (ref) => ref.tell.now(), "now in now"],
    ["an async handler", (ref) => ref.tell.later(), "later in later"],
    ["a timer", (ref) => ref.tell.inTimer(), "in a timer in timer tick"],
    ["a forgotten promise", (ref) => ref.tell.forget(), "forgotten in undefined"],
    ["a stream", (ref) => void readAll(ref.stream.items()).catch(() => {}), "in a stream in items"],
  ];

  it.each(faults)("[X21] of %s, for an actor that was spawned", async (_, fault, what) => {
    await using test = start();
    const ref = test.system.spawn(Faulty);
    fault(ref);
    await expect.poll(() => test.system.cellOf(ref)).toBeUndefined();
    expect(test.crashes()).toEqual([`actor crashed: ${what}, with its place`]);
  });

  it.each(faults)("[X22] of %s, for the child of a supervisor", async (_, fault, what) => {
    await using test = start();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: [childSpec(Faulty)] }] });
    const [child] = await supervisor.ask.whichChildren();
    fault(child?.ref as unknown as ActorRef<Faulty>);
    await expect.poll(test.crashes).toEqual([`child ended: ${what}, with its place`]);
    await expect.poll(async () => (await supervisor.ask.whichChildren())[0]?.state).toBe("running");
    expect(test.troubles()).toHaveLength(1);
    expect(test.troubles()[0]?.fields).toMatchObject({ child: "Faulty", restart: "permanent", restarts: 0 });
  });

  it("[X21] of a forgotten promise, with the reason why it is one", async () => {
    await using test = start();
    test.system.spawn(Faulty).tell.forget();
    await expect.poll(test.troubles).toHaveLength(1);
    expect(test.troubles()[0]?.fields.why).toBe("a promise was rejected and nobody handled it");
  });

  it("[X21] of onStart, spawned and as a child that somebody asked for; of a constructor only its caller is told", async () => {
    await using test = start();
    test.system.spawn(NoStart);
    const supervisor = test.system.spawn(DynamicSupervisor);
    await expect(supervisor.ask.startChild(childSpec(NoStart))).rejects.toMatchObject({ code: "startFailed" });
    class NoConstruction extends Actor {
      constructor() {
        super();
        throw new RangeError("in the constructor");
      }
    }
    expect(() => test.system.spawn(NoConstruction)).toThrow("in the constructor");
    expect(test.crashes()).toEqual([
      "actor crashed: at the start in onStart, with its place",
      "child did not start for its caller: at the start in onStart, with its place",
    ]);
  });

  it("[X21] of onStop, after the crash that it was called for", async () => {
    class NoStop extends Faulty {
      protected override onStop(): void {
        throw new RangeError("at the end");
      }
    }
    await using test = start();
    const ref = test.system.spawn(NoStop);
    ref.tell.now();
    await test.system.stopActor(test.system.spawn(NoStop));
    await expect.poll(() => test.system.size).toBe(0);
    expect(test.crashes().sort()).toEqual([
      "actor crashed: at the end in onStop, with its place",
      "actor crashed: at the end in onStop, with its place",
      "actor crashed: now in now, with its place",
    ]);
  });

  it("[X21] of a task", async () => {
    await using test = start();
    const tasks = test.system.spawn(TaskSupervisor);
    const { result } = await startTask(tasks, () => {
      throw new RangeError("in a task");
    });
    await expect(result).rejects.toThrow("in a task");
    await expect.poll(test.crashes).toEqual(["child ended: in a task in run, with its place"]);
  });

  it("[X21] not of those that are linked to the one that crashed", async () => {
    class Linked extends Actor {
      to(ref: ActorRef): void {
        this.context.link(ref);
      }
    }
    await using test = start();
    const ref = test.system.spawn(Faulty);
    const linked = [test.system.spawn(Linked), test.system.spawn(Linked)];
    for (const each of linked) await each.ask.to(ref as unknown as ActorRef);
    ref.tell.now();
    await expect.poll(() => test.system.size).toBe(0);
    expect(test.crashes()).toEqual(["actor crashed: now in now, with its place"]);
  });

  it("[X21] of actors that an exit signal ended, and of those that linked themselves to one that had ended", async () => {
    class Ender extends Actor {
      end(ref: ActorRef, reason: Error | "nodedown" | "shutdown" | "normal"): void {
        this.context.exit(ref, reason);
      }
      link(ref: ActorRef): void {
        this.context.link(ref);
      }
    }
    await using test = start();
    const { system } = test;
    const ender = system.spawn(Ender);
    const victim = (): ActorRef => system.spawn(Faulty) as unknown as ActorRef;
    for (const reason of [new RangeError("sent"), "nodedown", "shutdown"] as const)
      await ender.ask.end(victim(), reason);
    await ender.ask.end(victim(), "normal");
    const gone = victim();
    await system.stopActor(gone);
    await expect(system.spawn(Ender).ask.link(gone)).resolves.toBe(undefined);
    await expect.poll(() => system.size).toBe(2);
    expect(
      test.troubles().map(({ level, event, fields: { why, reason, error } }) => [level, event, why, reason ?? error]),
    ).toEqual([
      ["error", "actor crashed", "an exit signal of local/1", new RangeError("sent")],
      ["warn", "actor ended abnormally", "an exit signal of local/1", "nodedown"],
      ["warn", "actor ended abnormally", "it was linked to local/6, which had ended", "noproc"],
    ]);
  });

  it("[X21] not of what links itself to those that have ended, or is sent away, while the system stops", async () => {
    class Late extends Actor {
      readonly #others: readonly ActorRef[];
      constructor(others: readonly ActorRef[]) {
        super();
        this.#others = others;
      }
      protected override onStop(): void {
        for (const other of this.#others) this.context.exit(other, "nodedown");
      }
    }
    await using test = start();
    const others = Array.from({ length: 3 }, () => test.system.spawn(Faulty) as unknown as ActorRef);
    test.system.spawn(Late, { args: [others] });
    await test.system.stop();
    expect(test.troubles()).toEqual([]);
  });

  it("[X21] what is thrown and no error is told of as text", async () => {
    await using test = start();
    test.system.spawn(Faulty).tell.text();
    await expect.poll(test.troubles).toHaveLength(1);
    expect(test.troubles()[0]?.fields.error).toMatchObject({
      message: "a value that is not an Error was thrown: no error at all",
      // The place where it was wrapped would only lead astray.
      stack: "Error: a value that is not an Error was thrown: no error at all",
    });
  });

  it.each<[unknown, string]>([
    [{ code: "EX", why: "odd" }, "{ code: 'EX', why: 'odd' }"],
    [Object.assign(Object.create(null), { a: 1 }), "[Object: null prototype] { a: 1 }"],
    [["a", 1], "a,1"],
    [function named() {}, "[Function: named]"],
    [class Thing {}, "[class Thing]"],
    [Symbol("s"), "Symbol(s)"],
    [undefined, "undefined"],
    ["", ""],
  ])("[X21] %o, which is thrown and no error, is told of as what it is", async (thrown, text) => {
    class Throwing extends Actor {
      now(): never {
        throw thrown;
      }
    }
    await using test = start();
    test.system.spawn(Throwing).tell.now();
    await expect
      .poll(test.crashes)
      .toEqual([`actor crashed: a value that is not an Error was thrown: ${text} in now, unplaced`]);
  });

  it("[X21] of actors that one error has ended, each with the method of its own", async () => {
    class Asking extends Actor {
      readonly #faulty: ActorRef<Faulty>;
      constructor(faulty: ActorRef<Faulty>) {
        super();
        this.#faulty = faulty;
      }
      async outer(): Promise<void> {
        await Promise.all([this.#faulty.ask.now()]);
      }
    }
    await using test = start();
    const children = [childSpec(Asking, { args: [test.system.spawn(Faulty)] })];
    const supervisor = test.system.spawn(Supervisor, { args: [{ children }] });
    const [child] = await supervisor.ask.whichChildren();
    test.system.spawn(Asking, { args: [test.system.spawn(Faulty)] }).tell.outer();
    child?.ref?.recipient.tell("outer", [], undefined);
    await expect.poll(test.troubles).toHaveLength(4);
    const told = test
      .troubles()
      .map(({ event, fields }) => `${event} in ${fields.in}: ${fields.reason ?? "with its place"}`);
    expect(told.toSorted()).toEqual([
      "actor crashed in now: with its place",
      "actor crashed in now: with its place",
      "actor crashed in outer: RangeError: now",
      "child ended in outer: RangeError: now",
    ]);
  });

  it("[X21] of an error that is thrown again and again, with the method each time", async () => {
    const always = new RangeError("always the same");
    class Repeating extends Actor {
      one(): never {
        throw always;
      }
      other(): never {
        throw always;
      }
    }
    await using test = start();
    test.system.spawn(Repeating).tell.one();
    test.system.spawn(Repeating).tell.other();
    await expect.poll(test.troubles).toHaveLength(2);
    expect(test.troubles().map(({ fields }) => fields.in)).toEqual(["one", "other"]);
  });

  it("[X22] of a child whose supervisor is killed before it hears of it", async () => {
    await using test = start();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: [childSpec(Faulty)] }] });
    const [child] = await supervisor.ask.whichChildren();
    const cell = test.system.cellOf(supervisor);
    child?.ref?.recipient.watch(() => cell?.kill());
    child?.ref?.recipient.tell("now", [], undefined);
    await expect.poll(() => test.system.size).toBe(0);
    expect(test.crashes()).toEqual(["child ended: now in now, with its place"]);
  });

  it("[X22] a supervisor that gives up names what was shown before, and does not show it again", async () => {
    await using test = start();
    const children = [childSpec(NoStart)];
    const supervisor = test.system.spawn(Supervisor, { args: [{ children }] });
    await expect.poll(() => test.system.cellOf(supervisor)).toBeUndefined();
    expect(test.troubles().map(({ event, fields }) => [event, fields.reason ?? "shown"])).toEqual([
      ["child did not start", "shown"],
      ["actor crashed", "RangeError: at the start"],
    ]);
  });
});
