import { ActorSystem, silentLog, systemRuntime } from "@foundation/actor";
import { Actor } from "@foundation/runtime";
import { createTestSystem } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

/** What happened, with the time at which it did. */
let events: string[];

class Clock extends Actor {
  protected override onStart(): void {
    events = [];
  }
  once(name: string, delayMs: number, what = name): void {
    this.context.timers.once(name, delayMs, () => this.#note(what));
  }
  every(name: string, intervalMs: number): void {
    this.context.timers.every(name, intervalMs, () => this.#note(name));
  }
  everySlowly(name: string, intervalMs: number, workMs: number): void {
    this.context.timers.every(name, intervalMs, () => {
      this.#note(name);
      return this.#sleep(workMs);
    });
  }
  everyUntil(name: string, intervalMs: number, times: number): void {
    let left = times;
    this.context.timers.every(name, intervalMs, () => {
      this.#note(name);
      if (--left === 0) this.context.timers.cancel(name);
    });
  }
  crashIn(delayMs: number): void {
    this.context.timers.once("crash", delayMs, () => {
      throw new RangeError("in a timer");
    });
  }
  cancel(name: string): boolean {
    return this.context.timers.cancel(name);
  }
  /** The timer is due meanwhile, so its call waits in the mailbox when this goes on. */
  async workAnd(workMs: number, what: "cancel" | "replace" | "nothing", name: string): Promise<boolean> {
    await this.#sleep(workMs);
    if (what === "cancel") return this.context.timers.cancel(name);
    if (what === "replace") this.once(name, 1_000, "replaced");
    return this.context.timers.has(name);
  }
  note(what: string): void {
    this.#note(what);
  }
  timers(): number {
    return this.context.timers.size;
  }
  continueAfter(): void {
    this.note("before");
    this.context.continueWith(() => this.note("continued"));
    this.context.continueWith(async () => {
      await this.#sleep(10);
      this.note("continued later");
    });
    this.note("after");
  }
  continueCrash(): void {
    this.context.continueWith(() => {
      throw new RangeError("continued");
    });
  }
  idleAfter(ms: number): void {
    this.context.idleTimeoutMs = ms;
  }
  async hold(ms: number): Promise<void> {
    await this.#sleep(ms);
  }
  defer(): Promise<string> {
    const reply = this.context.deferReply<string>();
    this.context.system.runtime.setTimer(5_000, () => reply.succeed("late"));
    return reply.later;
  }
  async *stream(everyMs: number): AsyncGenerator<number> {
    for (let i = 0; ; i++) {
      await this.#sleep(everyMs);
      yield i;
    }
  }
  ping(): string {
    return "pong";
  }
  #note(what: string): void {
    events.push(`${this.context.system.runtime.now()} ${what}`);
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.context.system.runtime.setTimer(ms, resolve));
  }
}

const start = () => {
  const test = createTestSystem({ logLevel: "silent" });
  const clock = test.system.spawn(Clock);
  return {
    clock,
    test,
    time: test.time,
    isAlive: () => test.system.cellOf(clock) !== undefined,
    [Symbol.asyncDispose]: () => test.stop(),
  };
};

describe("a timer", () => {
  it("calls once, as a message: behind those that wait", async () => {
    await using on = start();
    on.clock.tell.once("a", 100);
    on.clock.tell.once("b", 50);
    on.clock.tell.once("now", 0);
    on.clock.tell.note("message");
    await on.time.advance(1_000);
    expect(events).toEqual(["0 message", "0 now", "50 b", "100 a"]);
    expect(await on.time.settle(on.clock.ask.timers())).toBe(0);
  });

  it("is replaced by one of the same name", async () => {
    await using on = start();
    on.clock.tell.once("a", 100, "first");
    on.clock.tell.once("a", 200, "second");
    on.clock.tell.every("b", 100);
    on.clock.tell.once("b", 150);
    await on.time.advance(1_000);
    expect(events).toEqual(["150 b", "200 second"]);
  });

  it.each([
    ["cancel", []],
    ["replace", ["2000 replaced"]],
    ["nothing", ["1000 a"]],
  ] as const)("whose call waits in the mailbox: %s", async (what, expected) => {
    await using on = start();
    on.clock.tell.once("a", 100);
    const result = on.clock.ask.workAnd(1_000, what, "a");
    expect(await on.time.settle(result)).toBe(true);
    await on.time.advance(10_000);
    expect(events).toEqual(expected);
  });

  it("calls again and again, the interval after each call has begun", async () => {
    await using on = start();
    on.clock.tell.everyUntil("a", 100, 3);
    await on.time.advance(1_000);
    expect(events).toEqual(["100 a", "200 a", "300 a"]);
    expect(await on.time.settle(on.clock.ask.timers())).toBe(0);
    expect(await on.time.settle(on.clock.ask.cancel("a"))).toBe(false);
  });

  it("never piles up calls while its actor is busy", async () => {
    await using on = start();
    on.clock.tell.every("a", 10);
    await on.time.settle(on.clock.ask.workAnd(1_000, "nothing", "a"));
    expect(on.test.system.cellOf(on.clock)?.mailboxLength).toBeLessThanOrEqual(1);
    await on.time.advance(25);
    expect(events).toEqual(["1000 a", "1010 a", "1020 a"]);
    on.clock.tell.cancel("a");
    on.clock.tell.everySlowly("slow", 10, 25);
    await on.time.advance(80);
    // The next call waits for the promise of the one before.
    expect(events.filter((event) => event.endsWith("slow"))).toEqual(["1035 slow", "1060 slow", "1085 slow"]);
  });

  it("ends with its actor, also when its call waits, and none can be set afterwards", async () => {
    await using on = start();
    for (let i = 0; i < 100; i++) on.clock.tell.every(`t${i}`, 10 + i);
    on.clock.tell.hold(50_000);
    await on.time.advance(60);
    const context = on.test.system.cellOf(on.clock)?.context;
    on.test.system.cellOf(on.clock)?.kill();
    await on.time.advance(100);
    expect(events).toEqual([]);
    context?.timers.once("late", 0, () => events.push("late"));
    expect(context?.timers.size).toBe(0);
    await on.time.advance(60_000);
    expect(events).toEqual([]);
    // The test system fails here for a timer that is left.
  });

  it("that throws is a crash", async () => {
    await using on = start();
    const cell = on.test.system.cellOf(on.clock);
    on.clock.tell.crashIn(10);
    await on.time.advance(100);
    expect(cell?.exitReason).toMatchObject({ message: "in a timer" });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a delay of %d ms", async (delayMs) => {
    await using on = start();
    const { timers } = on.test.system.cellOf(on.clock)?.context ?? {};
    expect(() => timers?.once("a", delayMs, () => {})).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(() => timers?.every("a", delayMs, () => {})).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(() => timers?.every("a", 0, () => {})).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(timers?.size).toBe(0);
  });

  it("[X1] says of several wrong arguments the first one, and is none", async () => {
    await using on = start();
    const { timers } = on.test.system.cellOf(on.clock)?.context ?? {};
    timers?.once("kept", 10, () => {});
    const [noName, noCallback] = [undefined as unknown as string, undefined as unknown as () => void];
    for (const how of ["once", "every"] as const) {
      expect(() => timers?.[how](noName, Number.NaN, noCallback)).toThrow("the name of a timer");
      expect(() => timers?.[how]("kept", Number.NaN, noCallback)).toThrow(/the (delay|interval) of a timer/);
      expect(() => timers?.[how]("kept", 10, noCallback)).toThrow("the callback of a timer");
    }
    expect([timers?.has("kept"), timers?.size]).toEqual([true, 1]);
  });

  it("is one too many above 100,000", async () => {
    // Virtual time knows where each timer was set, which takes long for so many.
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    const { timers } = system.cellOf(system.spawn(Clock))?.context ?? {};
    for (let i = 0; i < 100_000; i++) timers?.once(`t${i}`, 60_000, () => {});
    expect(() => timers?.once("more", 60_000, () => {})).toThrow(expect.objectContaining({ code: "overloaded" }));
    timers?.once("t7", 90_000, () => {});
    expect(timers?.size).toBe(100_000);
  });
});

describe("a stashed call of a timer", () => {
  class Gate extends Clock {
    #isOpen = false;
    guarded(kind: "once" | "every", delayMs: number): void {
      this.context.timers[kind]("guarded", delayMs, () => this.#pass());
    }
    guardedLater(delayMs: number): void {
      this.context.timers.once("guarded", delayMs, async () => {
        await Promise.resolve();
        this.#pass();
      });
    }
    open(): number {
      this.#isOpen = true;
      return this.context.unstash();
    }
    stashAgain(): number {
      return this.context.unstash();
    }
    #pass(): void {
      if (!this.#isOpen) return this.context.stash();
      this.note("passed");
    }
  }

  const gate = () => {
    const test = createTestSystem({ logLevel: "silent" });
    return { test, time: test.time, gate: test.system.spawn(Gate), [Symbol.asyncDispose]: () => test.stop() };
  };

  it.each(["once", "every"] as const)("[X1] of `%s` comes back once for each time it was stashed", async (kind) => {
    await using on = gate();
    on.gate.tell.guarded(kind, 10);
    await on.time.advance(55);
    const stashed = kind === "once" ? 1 : 5;
    expect(await on.time.settle(on.gate.ask.open())).toBe(stashed);
    await on.time.advance(0);
    expect(events).toEqual(new Array(stashed).fill("55 passed"));
  });

  it("[X1] of `every` arms nothing when it comes back: the timer keeps its pace and can be cancelled", async () => {
    await using on = gate();
    on.gate.tell.guarded("every", 10);
    await on.time.advance(55);
    on.gate.tell.open();
    await on.time.advance(30);
    expect(events.slice(5)).toEqual(["60 passed", "70 passed", "80 passed"]);
    expect(await on.time.settle(on.gate.ask.cancel("guarded"))).toBe(true);
    await on.time.advance(1_000);
    expect(events).toHaveLength(8);
  });

  it("[X1] may be stashed again, and by a callback that waited first", async () => {
    await using on = gate();
    on.gate.tell.guardedLater(10);
    await on.time.advance(20);
    expect(await on.time.settle(on.gate.ask.stashAgain())).toBe(1);
    await on.time.advance(5);
    expect(await on.time.settle(on.gate.ask.open())).toBe(1);
    await on.time.advance(0);
    expect(events).toEqual(["25 passed"]);
  });

  it.each([
    ["cancelled", (on: ReturnType<typeof gate>) => on.gate.tell.cancel("guarded"), []],
    ["replaced", (on: ReturnType<typeof gate>) => on.gate.tell.once("guarded", 100, "later"), ["115 later"]],
  ] as const)("[X1] comes back although its timer was %s: it was accepted before", async (_what, change, later) => {
    await using on = gate();
    on.gate.tell.guarded("every", 10);
    await on.time.advance(15);
    change(on);
    on.gate.tell.open();
    await on.time.advance(200);
    expect(events).toEqual(["15 passed", ...later]);
  });

  it("[X1] is no dead letter when its actor ends, and takes up no room", async () => {
    await using on = gate();
    on.gate.tell.guarded("every", 10);
    await on.time.advance(35);
    await on.time.settle(on.test.system.stopActor(on.gate));
    expect(on.test.system.deadLetters).toBe(0);
  });
});

describe("continueWith", () => {
  it("runs next, before the messages that wait, in order; a promise holds them", async () => {
    await using on = start();
    on.clock.tell.continueAfter();
    on.clock.tell.note("message");
    await on.time.advance(1_000);
    expect(events).toEqual(["0 before", "0 after", "0 continued", "10 continued later", "10 message"]);
  });

  it("that throws is a crash", async () => {
    await using on = start();
    const cell = on.test.system.cellOf(on.clock);
    on.clock.tell.continueCrash();
    on.clock.tell.note("message");
    await on.time.advance(10);
    expect(cell?.exitReason).toMatchObject({ message: "continued" });
    expect(events).toEqual([]);
  });

  it("in onStart runs before the first message", async () => {
    const order: string[] = [];
    class Loader extends Actor {
      protected override onStart(): void {
        this.context.continueWith(() => void order.push("load"));
        order.push("start");
      }
      use(): void {
        order.push("use");
      }
    }
    await using test = createTestSystem();
    const loader = test.system.spawn(Loader);
    await test.time.settle(loader.ask.use());
    expect(order).toEqual(["start", "load", "use"]);
  });
});

describe("an idle timeout", () => {
  class Sleeper extends Clock {
    protected override onIdle(): void {
      this.note("idle");
    }
  }

  it("stops an actor without onIdle with normal, that long after its last message", async () => {
    await using on = start();
    const cell = on.test.system.cellOf(on.clock);
    on.clock.tell.idleAfter(1_000);
    await on.time.advance(900);
    on.clock.tell.ping();
    await on.time.advance(999);
    expect(on.isAlive()).toBe(true);
    await on.time.advance(2);
    expect(cell?.exitReason).toBe("normal");
  });

  it("is told to onIdle again and again, and can be switched off", async () => {
    await using test = createTestSystem();
    const sleeper = test.system.spawn(Sleeper);
    sleeper.tell.idleAfter(100);
    await test.time.advance(350);
    expect(events).toEqual(["100 idle", "200 idle", "300 idle"]);
    sleeper.tell.idleAfter(Number.POSITIVE_INFINITY);
    await test.time.advance(10_000);
    expect(events).toHaveLength(3);
  });

  it.each<[string, (on: ReturnType<typeof start>) => unknown]>([
    ["a handler is at work", (on) => on.clock.tell.hold(5_000)],
    [
      "an asker waits for a deferred reply",
      (on) =>
        on.clock
          .with({ timeoutMs: 60_000 })
          .ask.defer()
          .catch(() => {}),
    ],
  ])("does not count while %s", async (_name, occupy) => {
    await using on = start();
    on.clock.tell.idleAfter(100);
    occupy(on);
    await on.time.advance(4_900);
    expect(on.isAlive()).toBe(true);
    await on.time.advance(500);
    expect(on.isAlive()).toBe(false);
  });

  it("does not count while somebody reads a stream", async () => {
    await using on = start();
    on.clock.tell.idleAfter(100);
    const stream = on.clock.stream.stream(1_000);
    for (let i = 0; i < 5; i++) expect((await on.time.settle(stream.next())).value).toBe(i);
    await stream.return();
    await on.time.advance(1_500);
    expect(on.isAlive()).toBe(false);
  });

  it.each([0, -1, Number.NaN])("of %d ms is refused", async (ms) => {
    await using on = start();
    const context = on.test.system.cellOf(on.clock)?.context;
    expect(() => {
      if (context !== undefined) context.idleTimeoutMs = ms;
    }).toThrow(expect.objectContaining({ code: "invalidOption" }));
  });
});
