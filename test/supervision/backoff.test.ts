import {
  Actor,
  type ActorRef,
  type ChildInfo,
  type ChildSpec,
  childSpec,
  DynamicSupervisor,
  Supervisor,
  type SupervisorOptions,
} from "@foundation/actor";
import { createTestSystem, type TestSystem } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

interface Plan {
  /** Virtual times of starts and stops, by child. */
  readonly lines: string[];
  /** How often each child's `onStart` fails from now on. */
  readonly failures: Map<string, number>;
}

class Worker extends Actor {
  readonly #id: string;
  readonly #plan: Plan;
  constructor(id: string, plan: Plan) {
    super();
    this.#id = id;
    this.#plan = plan;
  }
  protected override onStart(): void {
    const left = this.#plan.failures.get(this.#id) ?? 0;
    this.#note(left > 0 ? "fails" : "starts");
    this.#plan.failures.set(this.#id, left - 1);
    if (left > 0) throw new Error("not yet");
  }
  crash(): never {
    throw new Error("crash");
  }
  leave(): void {
    this.context.stop();
  }
  protected override onStop(reason: unknown): void {
    if (reason === "shutdown") this.#note("stops");
  }
  #note(what: string): void {
    this.#plan.lines.push(`${this.context.system.runtime.now()} ${this.#id} ${what}`);
  }
}

/** Its start takes 50 ms, and fails when told so: time for what comes to the supervisor meanwhile. */
class Slow extends Worker {
  protected override async onStart(): Promise<void> {
    await new Promise<void>((resolve) => void this.context.system.runtime.setTimer(50, resolve));
    super.onStart();
  }
}

const noJitter = { minMs: 100, maxMs: 1_000, jitter: 0 };

function plan(): Plan {
  return { lines: [], failures: new Map() };
}

function silent(): TestSystem {
  return createTestSystem({ simulateRemote: false, logLevel: "silent" });
}

async function childrenOf(
  test: TestSystem,
  supervisor: ActorRef<Supervisor> | ActorRef<DynamicSupervisor>,
): Promise<readonly ChildInfo[]> {
  return test.time.settle((supervisor as ActorRef<Supervisor>).ask.whichChildren());
}

async function crash(test: TestSystem, supervisor: ActorRef<Supervisor>, id: string): Promise<void> {
  const child = (await childrenOf(test, supervisor)).find((each) => each.id === id);
  if (child?.ref === undefined) throw new Error(`${id} does not run`);
  (child.ref as ActorRef<Worker>).tell.crash();
}

describe("a supervised child with a back-off", () => {
  const specs = (given: Plan, ...ids: readonly string[]) =>
    ids.map((id) => childSpec(Worker, { id, args: [id, given], backoff: noJitter }));

  it("waits longer after each crash, and again as at first after a quiet period", async () => {
    await using test = silent();
    const given = plan();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: specs(given, "w"), intensity: 0 }] });
    for (let times = 0; times < 5; times++) {
      await crash(test, supervisor, "w");
      await test.time.advance(1_000);
    }
    // It ran for 900, 800, 600, 200 and 0 ms of each second: never for the 1 000 that make it well.
    expect(given.lines.map((line) => line.split(" ")[0])).toEqual(["0", "100", "1200", "2400", "3800", "5000"]);
    await test.time.advance(1_000);
    await crash(test, supervisor, "w");
    await test.time.advance(100);
    expect(given.lines.at(-1)).toBe("6100 w starts");
  });

  it("an onStart that keeps failing after a crash is tried again with the same waits, and never given up", async () => {
    await using test = silent();
    const given = plan();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: specs(given, "w"), intensity: 0 }] });
    await test.time.advance(1);
    given.failures.set("w", 6);
    await crash(test, supervisor, "w");
    await test.time.advance(10_000);
    expect(given.lines).toEqual([
      "0 w starts",
      "101 w fails",
      "301 w fails",
      "701 w fails",
      "1501 w fails",
      "2501 w fails",
      "3501 w fails",
      "4501 w starts",
    ]);
  });

  it("is being restarted meanwhile: it can be terminated, neither started nor deleted, and its siblings go on", async () => {
    await using test = silent();
    const given = plan();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: specs(given, "a", "b") }] });
    await crash(test, supervisor, "a");
    await test.time.advance(1);
    const states = async () => (await childrenOf(test, supervisor)).map(({ id, state }) => `${id} ${state}`);
    expect(await states()).toEqual(["a restarting", "b running"]);
    const refused = { code: "childRunning" };
    await expect(test.time.settle(supervisor.ask.restartChild("a"))).rejects.toMatchObject(refused);
    await expect(test.time.settle(supervisor.ask.deleteChild("a"))).rejects.toMatchObject(refused);
    await test.time.settle(supervisor.ask.terminateChild("a"));
    await test.time.advance(60_000);
    expect(await states()).toEqual(["a stopped", "b running"]);
    await test.time.settle(supervisor.ask.restartChild("a"));
    expect(await states()).toEqual(["a running", "b running"]);
  });

  it("one that was terminated, started and crashed again waits its own time, not that of before", async () => {
    await using test = silent();
    const given = plan();
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: specs(given, "w") }] });
    await crash(test, supervisor, "w");
    await test.time.advance(60);
    await test.time.settle(supervisor.ask.terminateChild("w"));
    await test.time.settle(supervisor.ask.restartChild("w"));
    await crash(test, supervisor, "w");
    await test.time.advance(10_000);
    expect(given.lines).toEqual(["0 w starts", "60 w starts", "260 w starts"]);
  });

  it("oneForAll: the others stop at once, and all start again after the wait, in order", async () => {
    await using test = silent();
    const given = plan();
    const args: [object] = [{ children: specs(given, "a", "b", "c"), strategy: "oneForAll" }];
    const supervisor = test.system.spawn(Supervisor, { args });
    await test.time.advance(1);
    given.lines.length = 0;
    given.failures.set("b", 1);
    await crash(test, supervisor, "b");
    await test.time.advance(10_000);
    // a, which had started again, does not run without b, either.
    expect(given.lines).toEqual([
      "1 c stops",
      "1 a stops",
      "101 a starts",
      "101 b fails",
      "101 a stops",
      "301 a starts",
      "301 b starts",
      "301 c starts",
    ]);
  });

  it("restForOne: those behind it wait with it", async () => {
    await using test = silent();
    const given = plan();
    const args: [object] = [{ children: specs(given, "a", "b", "c"), strategy: "restForOne" }];
    const supervisor = test.system.spawn(Supervisor, { args });
    await test.time.advance(1);
    given.lines.length = 0;
    await crash(test, supervisor, "b");
    await test.time.advance(10_000);
    expect(given.lines).toEqual(["1 c stops", "101 b starts", "101 c starts"]);
  });

  // All else that can be done meanwhile: waiting-children.test.ts.
  describe.each(["oneForAll", "restForOne"] as const)("[Y12] %s: while one waits", (strategy) => {
    const begin = async (test: TestSystem, children: readonly ChildSpec[], options: SupervisorOptions = {}) => {
      const supervisor = test.system.spawn(Supervisor, { args: [{ children, strategy, ...options }] });
      await test.time.advance(1);
      const states = async () => (await childrenOf(test, supervisor)).map(({ id, state }) => `${id} ${state}`).join();
      return { supervisor, states };
    };

    it("its siblings are being restarted too, and start at once when it is terminated", async () => {
      await using test = silent();
      const given = plan();
      const { supervisor, states } = await begin(test, specs(given, "a", "b", "c"));
      await crash(test, supervisor, "a");
      await test.time.advance(1);
      expect(await states()).toBe("a restarting,b restarting,c restarting");
      for (const call of ["restartChild", "deleteChild"] as const) {
        await expect(test.time.settle<unknown>(supervisor.ask[call]("b"))).rejects.toMatchObject({
          code: "childRunning",
        });
      }
      given.lines.length = 0;
      await test.time.settle(supervisor.ask.terminateChild("a"));
      await test.time.advance(0);
      expect([given.lines, await states()]).toEqual([["2 b starts", "2 c starts"], "a stopped,b running,c running"]);
    });

    it("all can be terminated in one go, and none is started in between", async () => {
      await using test = silent();
      const given = plan();
      const { supervisor, states } = await begin(test, specs(given, "a", "b", "c"));
      await crash(test, supervisor, "a");
      await test.time.advance(1);
      given.lines.length = 0;
      await test.time.settle(Promise.all(["a", "b", "c"].map((id) => supervisor.ask.terminateChild(id))));
      await test.time.advance(60_000);
      expect([given.lines, await states()]).toEqual([[], "a stopped,b stopped,c stopped"]);
    });

    it("its temporary siblings are gone, and its transient ones come back", async () => {
      await using test = silent();
      const given = plan();
      const [a, b, c] = specs(given, "a", "b", "c") as [ChildSpec, ChildSpec, ChildSpec];
      const children: ChildSpec[] = [a, { ...b, restart: "temporary" }, { ...c, restart: "transient" }];
      const { supervisor, states } = await begin(test, children);
      await crash(test, supervisor, "a");
      await test.time.advance(1);
      expect(await states()).toBe("a restarting,c restarting");
      await test.time.advance(100);
      expect(await states()).toBe("a running,c running");
    });

    it("one that was started meanwhile and ends too often makes the supervisor give up, and no wait is left", async () => {
      await using test = silent();
      const given = plan();
      const { supervisor } = await begin(test, specs(given, "a", "b"), { intensity: 1 });
      await crash(test, supervisor, "a");
      await test.time.settle(supervisor.ask.startChild(childSpec(Worker, { id: "x", args: ["x", given] })));
      await crash(test, supervisor, "x");
      await test.time.advance(1);
      // Without a back-off it would start at once, were it not for the one that it depends on.
      expect((await childrenOf(test, supervisor)).map(({ state }) => state)).toEqual(Array(3).fill("restarting"));
      await test.time.settle(supervisor.ask.terminateChild("x"));
      await test.time.settle(supervisor.ask.restartChild("x"));
      await crash(test, supervisor, "x");
      await test.time.advance(0);
      expect(test.system.size).toBe(0);
    });

    it("a significant sibling that is temporary is gone for good, and nothing is left to wait for", async () => {
      await using test = silent();
      const given = plan();
      const [a, b, c] = specs(given, "a", "b", "c") as [ChildSpec, ChildSpec, ChildSpec];
      const children: ChildSpec[] = [
        a,
        { ...b, restart: "temporary", significant: true },
        { ...c, restart: "transient", significant: true },
      ];
      const { supervisor } = await begin(test, children, { autoShutdown: "allSignificant" });
      await crash(test, supervisor, "a");
      await test.time.advance(100);
      const last = (await childrenOf(test, supervisor)).find(({ id }) => id === "c")?.ref as ActorRef<Worker>;
      last.tell.leave();
      await test.time.advance(0);
      expect(test.system.size).toBe(0);
    });

    it("a significant sibling has not ended", async () => {
      await using test = silent();
      const given = plan();
      const [a, b] = specs(given, "a", "b") as [ChildSpec, ChildSpec];
      const significant = { restart: "transient", significant: true } as const;
      const { supervisor } = await begin(test, [a, { ...b, ...significant }], { autoShutdown: "allSignificant" });
      await crash(test, supervisor, "a");
      const last = childSpec(Worker, { id: "x", args: ["x", given], ...significant });
      const x = (await test.time.settle(supervisor.ask.startChild(last))) as ActorRef<Worker>;
      x.tell.leave();
      await test.time.advance(100);
      // It was the last one that ran, not the last one that there is.
      expect((await childrenOf(test, supervisor)).map(({ id }) => id)).toEqual(["a", "b", "x"]);
    });
  });

  it("[Y12] a start that failed counts although another child is terminated before it is tried again", async () => {
    await using test = silent();
    const given = plan();
    const children = [Worker, Slow, Worker].map((actorClass, at) => {
      const id = "abc".charAt(at);
      return childSpec(actorClass, { id, args: [id, given] });
    });
    const args: [SupervisorOptions] = [{ children, strategy: "oneForAll", intensity: 1 }];
    const supervisor = test.system.spawn(Supervisor, { args });
    await test.time.advance(60);
    given.failures.set("b", 1);
    await crash(test, supervisor, "a");
    await test.time.advance(10);
    const terminated = supervisor.ask.terminateChild("c");
    await test.time.advance(60);
    await terminated;
    expect(test.system.size).toBe(0);
  });

  it("[Y12] one whose wait is over as its supervisor gives up is not started any more", async () => {
    await using test = silent();
    const given = plan();
    const children = [...specs(given, "a"), childSpec(Worker, { id: "b", args: ["b", given] })];
    const supervisor = test.system.spawn(Supervisor, { args: [{ children, intensity: 0 }] });
    await crash(test, supervisor, "a");
    const b = (await childrenOf(test, supervisor)).find(({ id }) => id === "b")?.ref as ActorRef<Worker>;
    await test.time.advance(90);
    const held = supervisor.ask.startChild(childSpec(Slow, { id: "s", args: ["s", given] }));
    await test.time.advance(1);
    b.tell.crash();
    await test.time.advance(60);
    await held;
    expect(given.lines).toEqual(["0 a starts", "0 b starts", "140 s starts", "140 s stops"]);
    expect(test.system.size).toBe(0);
  });

  it("leaves no timer behind when its supervisor stops or is killed while it waits", async () => {
    for (const end of ["stop", "kill"] as const) {
      // The end of a test system fails on timers that are left.
      await using test = silent();
      const children = specs(plan(), "v", "w", "x");
      const supervisor = test.system.spawn(Supervisor, { args: [{ children, strategy: "oneForAll" }] });
      await crash(test, supervisor, "w");
      await test.time.advance(1);
      if (end === "kill") test.system.cellOf(supervisor)?.kill();
      else await test.time.settle(test.system.stopActor(supervisor, "shutdown"));
      await test.time.advance(1);
    }
  });

  it("[V8] under a dynamic supervisor, too: known by its old ref until it runs again, and then no more", async () => {
    await using test = silent();
    const given = plan();
    const supervisor = test.system.spawn(DynamicSupervisor, { args: [{ intensity: 0 }] });
    const [spec] = specs(given, "w");
    if (spec === undefined) throw new Error("no spec");
    const start = async () => (await test.time.settle(supervisor.ask.startChild(spec))) as ActorRef<Worker>;
    const first = await start();
    given.failures.set("w", 2);
    first.tell.crash();
    await test.time.advance(650);
    expect(given.lines).toEqual(["0 w starts", "100 w fails", "300 w fails"]);
    expect((await childrenOf(test, supervisor))[0]?.state).toBe("restarting");
    await test.time.advance(51);
    expect(given.lines.at(-1)).toBe("700 w starts");
    await expect(test.time.settle(supervisor.ask.terminateChild(first))).rejects.toMatchObject({ code: "noSuchChild" });

    const second = await start();
    second.tell.crash();
    await test.time.advance(50);
    await test.time.settle(supervisor.ask.terminateChild(second));
    await test.time.advance(10_000);
    expect((await childrenOf(test, supervisor)).length).toBe(1);
  });

  it("waits as long for the same seed, and otherwise scattered", async () => {
    const waits = async (seed: number): Promise<string> => {
      await using test = createTestSystem({ simulateRemote: false, logLevel: "silent", seed });
      const given = plan();
      const children = [childSpec(Worker, { id: "w", args: ["w", given], backoff: { minMs: 100, jitter: 1 } })];
      const supervisor = test.system.spawn(Supervisor, { args: [{ children }] });
      await crash(test, supervisor, "w");
      await test.time.advance(1_000);
      return given.lines.join();
    };
    expect(await waits(1)).toBe(await waits(1));
    expect(await waits(1)).not.toBe(await waits(2));
  });
});
