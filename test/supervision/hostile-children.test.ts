import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  DynamicSupervisor,
  type LogEvent,
  Supervisor,
  startTask,
  TaskSupervisor,
} from "@foundation/actor";
import { SeededRandom, SimulatedRuntime, VirtualTime } from "@foundation/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let time: VirtualTime;
let runtime: SimulatedRuntime;
let system: ActorSystem;
let events: LogEvent[];

beforeEach(() => {
  time = new VirtualTime();
  events = [];
  runtime = new SimulatedRuntime(time, new SeededRandom(1), (event) => events.push(event));
  system = new ActorSystem({ name: "test", runtime });
});

afterEach(async () => {
  await settle(system.stop(1_000));
  await time.advance(0);
  expect({ actors: system.size, timers: runtime.timers }).toEqual({ actors: 0, timers: 0 });
});

/** Lets time pass until `promise` settles, an hour at most. */
async function settle<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  expect(await time.until(() => isSettled, 3_600_000)).toBe(true);
  return promise;
}

/** Not a timer of the system: those are counted. */
const sleep = (ms: number): Promise<void> => new Promise((resolve) => void time.schedule(ms, resolve));
const named = (event: string): LogEvent[] => events.filter((each) => each.event === event);
const exitReason = (ref: ActorRef<object>): unknown => {
  let found: unknown;
  ref.recipient.watch((reason) => {
    found = reason;
  });
  return found;
};

class Worker extends Actor {
  ping(): string {
    return "pong";
  }
  fail(thrown: unknown): never {
    throw thrown;
  }
}

async function childOf(supervisor: ActorRef<Supervisor>, id: string): Promise<ActorRef<Worker>> {
  const children = await settle(supervisor.ask.whichChildren());
  return children.find((child) => child.id === id)?.ref as ActorRef<Worker>;
}

/** Starts again with difficulty: each attempt fails after 2 s, so that no intensity is ever exceeded. */
function slowToFail(): { make: new () => Worker; attempts: () => number; cure: () => void } {
  let attempts = 0;
  let isCured = false;
  class SlowToFail extends Worker {
    protected override async onStart(): Promise<void> {
      if (attempts++ === 0 || isCured) return;
      await sleep(2_000);
      throw new Error("no connection");
    }
  }
  return {
    make: SlowToFail,
    attempts: () => attempts,
    cure: () => {
      isCured = true;
    },
  };
}

describe("a child whose start is trouble", () => {
  it("hangs in onStart: it is killed after startMs, and the supervisor answers again", async () => {
    class Hanging extends Actor {
      protected override onStart(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Worker, { id: "w" })] }] });
    const started = supervisor.with({ timeoutMs: 60_000 }).ask.startChild(childSpec(Hanging, { startMs: 10_000 }));
    await expect(settle(started)).rejects.toMatchObject({
      code: "startFailed",
      message: "onStart of Hanging took more than 10000 ms, so it was killed",
    });
    expect(time.now).toBe(10_000);
    expect(await settle(supervisor.ask.countChildren())).toMatchObject({ specs: 1, active: 1 });
  });

  it("fails slowly again and again: calls get their turn between attempts, and can put an end to it", async () => {
    const { make, attempts } = slowToFail();
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(make, { id: "w" })] }] });
    (await childOf(supervisor, "w")).tell.fail(new Error("crash"));
    await time.advance(59_000);
    expect(attempts()).toBe(31);
    const [child] = await settle(supervisor.ask.whichChildren());
    expect(child).toMatchObject({ state: "restarting" });
    await settle(supervisor.ask.terminateChild("w"));
    const made = attempts();
    await time.advance(60_000);
    expect(attempts()).toBe(made);
  });

  it("fails slowly again and again: a shutdown gets in between", async () => {
    const { make } = slowToFail();
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(make, { id: "w" })] }] });
    (await childOf(supervisor, "w")).tell.fail(new Error("crash"));
    await time.advance(30_500);
    await settle(system.stopActor(supervisor, "shutdown"));
    expect(time.now).toBe(32_000);
    expect(exitReason(supervisor)).toBe("noproc");
  });

  it("fails slowly again and again below a dynamic supervisor: its old ref still ends it", async () => {
    const { make, attempts, cure } = slowToFail();
    const supervisor = system.spawn(DynamicSupervisor);
    const child = (await settle(supervisor.ask.startChild(childSpec(make)))) as ActorRef<Worker>;
    child.tell.fail(new Error("crash"));
    await time.advance(11_000);
    await settle(supervisor.ask.terminateChild(child));
    cure();
    const made = attempts();
    await time.advance(60_000);
    expect(attempts()).toBe(made);
    expect(await settle(supervisor.ask.countChildren())).toMatchObject({ specs: 0, active: 0 });
  });

  it("stops itself in onStart: that is an end, which counts", async () => {
    class Brief extends Actor {
      protected override onStart(): void {
        this.context.stop("normal");
      }
    }
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Brief)] }] });
    await time.advance(1);
    expect(system.cellOf(supervisor)).toBeUndefined();
    expect(named("child ended")).toHaveLength(4);
    expect(named("supervisor gave up")).toHaveLength(1);
  });

  it("asks its supervisor in onStart, which waits for it: the ask times out, its start fails, nobody hangs", async () => {
    class Asking extends Actor {
      protected override async onStart(): Promise<void> {
        await (this.context.parent as unknown as ActorRef<Supervisor>).ask.startChild(
          childSpec(Worker, { id: "late" }),
        );
      }
    }
    const supervisor = system.spawn(Supervisor);
    const started = supervisor.with({ timeoutMs: 60_000 }).ask.startChild(childSpec(Asking));
    await expect(settle(started)).rejects.toMatchObject({ code: "startFailed" });
    expect(time.now).toBe(5_000);
    expect(await childOf(supervisor, "late")).toBeDefined();
  });

  it("asks its supervisor later, by a message to itself: that works", async () => {
    class Polite extends Actor {
      protected override onStart(): void {
        this.context.continueWith(async () => {
          const parent = this.context.parent as unknown as ActorRef<Supervisor>;
          await parent.ask.startChild(childSpec(Worker, { id: "late" }));
        });
      }
    }
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Polite)] }] });
    await time.advance(1);
    expect(await childOf(supervisor, "late")).toBeDefined();
  });

  it.each([
    [
      "two children with one id",
      { children: [childSpec(Worker, { id: "w" }), childSpec(Worker, { id: "w" })] },
      "childExists",
    ],
    [
      "a significant child without autoShutdown",
      {
        children: [childSpec(Worker), childSpec(Worker, { id: "x", restart: "transient" as const, significant: true })],
      },
      "invalidOption",
    ],
  ])("is refused with the whole tree before anybody starts: %s", (_, options, code) => {
    expect(() => system.spawn(Supervisor, { args: [options] })).toThrow(
      expect.objectContaining({ code: "startFailed", cause: expect.objectContaining({ code }) }),
    );
    expect(system.size).toBe(0);
  });

  it("is significant below a dynamic supervisor: refused", async () => {
    const supervisor = system.spawn(DynamicSupervisor);
    const spec = childSpec(Worker, { restart: "temporary", significant: true });
    await expect(settle(supervisor.ask.startChild(spec))).rejects.toMatchObject({ code: "invalidOption" });
  });
});

/** Takes `stopMs` to stop, or for ever. */
class Slow extends Worker {
  readonly #stopMs: number;

  constructor(stopMs: number) {
    super();
    this.#stopMs = stopMs;
  }
  protected override onStop(): Promise<void> {
    return sleep(this.#stopMs);
  }
}

describe("a child whose stop is trouble", () => {
  it.each<[string, number, number | "infinity" | "brutalKill", number, string]>([
    ["within its time", 30_000, 60_000, 30_000, "shutdown"],
    ["without a limit", 600_000, "infinity", 600_000, "shutdown"],
    ["too late", 30_000, 20_000, 20_000, "killed"],
    ["under brutalKill", 30_000, "brutalKill", 0, "killed"],
  ])("[A3] takes long %s, two supervisors deep", async (_, stopMs, shutdownMs, tookMs, reason) => {
    const inner = childSpec(Supervisor, {
      args: [{ children: [childSpec(Slow, { id: "w", args: [stopMs], shutdownMs })] }],
    });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [inner] }] });
    const nested = (await childOf(supervisor, "Supervisor")) as unknown as ActorRef<Supervisor>;
    const child = await childOf(nested, "w");
    let found: unknown;
    child.recipient.watch((ended) => {
      found = ended;
    });
    const began = time.now;
    await settle(system.stopActor(supervisor, "shutdown", Number.POSITIVE_INFINITY));
    expect([time.now - began, found]).toEqual([tookMs, reason]);
  });

  it("[A3] is handling a message that never ends: it is killed on time", async () => {
    class Busy extends Actor {
      work(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const spec = childSpec(Busy, { id: "w", shutdownMs: 700 });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [spec] }] });
    ((await childOf(supervisor, "w")) as unknown as ActorRef<Busy>).tell.work();
    await time.advance(1);
    const began = time.now;
    await settle(supervisor.ask.terminateChild("w"));
    expect(time.now - began).toBe(700);
  });

  it("crashes, and has time for its onStop as its spec says", async () => {
    const spec = childSpec(Slow, { id: "w", args: [20_000], shutdownMs: 60_000 });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [spec] }] });
    const child = await childOf(supervisor, "w");
    child.tell.fail(new Error("crash"));
    await time.advance(19_999);
    expect(await childOf(supervisor, "w")).toBe(child);
    await time.advance(1);
    expect(named("child ended")[0]?.fields).toMatchObject({ error: new Error("crash") });
  });

  it("asks for its own end: the supervisor waits for it and it for the supervisor, until it is killed", async () => {
    class Suicidal extends Actor {
      async leave(): Promise<void> {
        await (this.context.parent as unknown as ActorRef<Supervisor>).ask.terminateChild("w");
      }
    }
    const spec = childSpec(Suicidal, { id: "w", shutdownMs: 1_000 });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [spec] }] });
    ((await childOf(supervisor, "w")) as unknown as ActorRef<Suicidal>).tell.leave();
    await time.advance(1_000);
    expect(await settle(supervisor.ask.countChildren())).toMatchObject({ specs: 1, active: 0 });
  });

  it("is replaced by one with the same id: the new one starts when the old one is gone", async () => {
    const spec = childSpec(Slow, { id: "w", args: [3_000], restart: "temporary" });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [spec] }] });
    const old = await childOf(supervisor, "w");
    const [, next] = await settle(Promise.all([supervisor.ask.terminateChild("w"), supervisor.ask.startChild(spec)]));
    expect(time.now).toBe(3_000);
    expect(next).not.toBe(old);
    expect(await childOf(supervisor, "w")).toBe(next);
  });
});

describe("a task", () => {
  it("is not run, and not left behind, when its supervisor came to it after the caller had given up", async () => {
    class SlowStart extends Actor {
      protected override onStart(): Promise<void> {
        return sleep(8_000);
      }
    }
    let runs = 0;
    const tasks = system.spawn(TaskSupervisor);
    tasks.tell.startChild(childSpec(SlowStart));
    await expect(settle(startTask(tasks, () => ++runs))).rejects.toMatchObject({ code: "timeout" });
    await time.advance(10_000);
    expect(await settle(tasks.ask.countChildren())).toMatchObject({ active: 1 });
    expect(runs).toBe(0);
  });
});

describe("a supervisor that ends at a bad moment", () => {
  const slow = (id: string, stopMs: number) => childSpec(Slow, { id, args: [stopMs], shutdownMs: "infinity" as const });

  it("is killed in the middle of a group restart: it starts nobody any more, and leaves nobody behind", async () => {
    const children = [childSpec(Worker, { id: "a" }), slow("b", 2_000), childSpec(Worker, { id: "c" })];
    const supervisor = system.spawn(Supervisor, { args: [{ strategy: "oneForAll", children }] });
    (await childOf(supervisor, "a")).tell.fail(new Error("crash"));
    await time.advance(1_000);
    system.cellOf(supervisor)?.kill();
    expect(system.size).toBe(0);
    await time.advance(10_000);
    expect(system.size).toBe(0);
    expect(named("child did not start")).toEqual([]);
  });

  it("is killed while it starts: it leaves nobody behind", async () => {
    class SlowStart extends Actor {
      protected override onStart(): Promise<void> {
        return sleep(1_000);
      }
    }
    const children = ["a", "b", "c"].map((id) => childSpec(SlowStart, { id }));
    const supervisor = system.spawn(Supervisor, { args: [{ children }] });
    await time.advance(1_500);
    system.cellOf(supervisor)?.kill();
    await time.advance(10_000);
    expect(system.size).toBe(0);
  });

  it.each<[string, () => ActorRef<Supervisor | DynamicSupervisor>]>([
    ["a supervisor", () => system.spawn(Supervisor, { args: [{ children: [slow("a", 60_000), slow("b", 60_000)] }] })],
    [
      "a dynamic supervisor",
      () => {
        const supervisor = system.spawn(DynamicSupervisor);
        for (const id of ["a", "b"]) supervisor.tell.startChild(slow(id, 60_000));
        return supervisor as ActorRef<Supervisor | DynamicSupervisor>;
      },
    ],
  ])("is killed while it stops its children: they are killed, too (%s)", async (_, spawn) => {
    const supervisor = spawn();
    await time.advance(1);
    expect(system.size).toBe(3);
    const stopped = system.stopActor(supervisor, "shutdown", 1_000);
    await settle(stopped);
    expect(system.size).toBe(0);
    await time.advance(60_000);
  });

  it("gets exit signals: its parent's end it in order, those of strangers and of linked children do not", async () => {
    class Parent extends Actor {
      #supervisor: ActorRef<Supervisor> | undefined;

      start(): ActorRef<Supervisor> {
        this.#supervisor = this.context.spawn(Supervisor, { args: [{ children: [childSpec(Clinging, { id: "w" })] }] });
        return this.#supervisor;
      }
      end(ref: ActorRef<Supervisor>): void {
        this.context.exit(ref, "shutdown");
      }
    }
    class Clinging extends Worker {
      protected override onStart(): void {
        if (this.context.parent !== undefined) this.context.link(this.context.parent);
      }
    }
    const parent = system.spawn(Parent);
    const supervisor = await settle(parent.ask.start());
    (await childOf(supervisor, "w")).tell.fail(new Error("crash"));
    system.spawn(Parent).tell.end(supervisor);
    await time.advance(1);
    expect(await settle((await childOf(supervisor, "w")).ask.ping())).toBe("pong");
    parent.tell.end(supervisor);
    await time.advance(1);
    expect(system.cellOf(supervisor)).toBeUndefined();
    expect(system.size).toBe(2);
  });
});

describe("crash reports", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  class Unreadable extends Error {
    override get message(): string {
      throw new Error("no message");
    }
    override get stack(): string {
      throw new Error("no stack");
    }
  }

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a string", "shutdown"],
    ["a symbol", Symbol("s")],
    ["an object without a prototype", Object.create(null)],
    ["a revoked proxy", proxy],
    ["an error that cannot be read", new Unreadable()],
    ["an error whose message is a symbol", Object.assign(new Error("x"), { message: Symbol("m") })],
  ])("tell of whatever is thrown, once: %s", async (_, thrown) => {
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Worker, { id: "w" })] }] });
    const child = await childOf(supervisor, "w");
    child.tell.fail(thrown);
    await time.advance(1);
    expect(named("child ended")).toHaveLength(1);
    expect(named("child ended")[0]?.fields.error).toBeInstanceOf(Error);
    expect(await settle((await childOf(supervisor, "w")).ask.ping())).toBe("pong");
  });

  it("say which child of whom, by which rules, why, and how often so far", async () => {
    const supervisor = system.spawn(Supervisor, {
      args: [{ intensity: 2, children: [childSpec(Worker, { id: "w" })] }],
    });
    for (const message of ["one", "two", "three"]) {
      (await childOf(supervisor, "w")).tell.fail(new RangeError(message));
      await time.advance(100);
    }
    const common = { actor: "Supervisor", id: 1, child: "w", class: "Worker", restart: "permanent" };
    const crash = (message: string) => ({ in: "fail", error: new RangeError(message) });
    expect(events.filter(({ level }) => level === "error").map(({ event, fields }) => ({ event, ...fields }))).toEqual([
      { event: "child ended", ...common, restarts: 0, ...crash("one") },
      { event: "child ended", ...common, restarts: 1, ...crash("two") },
      { event: "child ended", ...common, restarts: 2, ...crash("three") },
      // What the event before has shown is only named.
      {
        event: "supervisor gave up",
        ...common,
        restarts: 2,
        intensity: 2,
        periodMs: 5_000,
        reason: "RangeError: three",
      },
    ]);
    expect(events.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("tell of what a start failed by, not only that it failed", async () => {
    class Broken extends Actor {
      protected override onStart(): void {
        throw new TypeError("no such table");
      }
    }
    const nested = childSpec(Supervisor, { args: [{ children: [childSpec(Broken)] }] });
    system.spawn(Supervisor, { args: [{ children: [nested] }] });
    await time.advance(1);
    expect(named("child did not start").map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ child: "Broken", in: "onStart", error: new TypeError("no such table") }),
      expect.objectContaining({ child: "Supervisor", reason: "TypeError: no such table" }),
    ]);
    expect(events.filter(({ level }) => level === "warn" || level === "error")).toHaveLength(3);
  });

  it("tell of many children of a dynamic supervisor at once when they end the same way", async () => {
    const supervisor = system.spawn(DynamicSupervisor);
    const spec = childSpec(Slow, { args: [60_000], shutdownMs: 1_000 });
    for (let count = 0; count < 50; count++) supervisor.tell.startChild(spec);
    await time.advance(1);
    await settle(system.stopActor(supervisor, "shutdown"));
    expect(named("child did not stop in order").map(({ fields }) => fields)).toMatchObject([
      { child: "Slow", reason: "killed", children: 50 },
    ]);
  });
});
