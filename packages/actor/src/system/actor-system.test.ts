import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorCell,
  type ActorRef,
  ActorSystem,
  createLog,
  type DeadLetter,
  type Down,
  type ExitReason,
  silentLog,
  systemRuntime,
} from "../index.ts";
import { askRecipient, PendingReply } from "../spi.ts";

const runtime = systemRuntime({ log: silentLog });

class Counter extends Actor {
  #count = 0;
  increment(by = 1): number {
    return (this.#count += by);
  }
  fail(message: string): never {
    throw new Error(message);
  }
  async slow(): Promise<never> {
    return new Promise<never>(() => {});
  }
  askMyself(): Promise<number> {
    return this.self<Counter>().ask.increment();
  }
  protected override receive(message: unknown): void {
    if (message === "reset") this.#count = 0;
  }
}

describe("an actor", () => {
  it("answers asks with the results of its methods, one message at a time and in order", async () => {
    await using system = new ActorSystem({ runtime });
    const counter = system.spawn(Counter);
    counter.tell.increment();
    expect(await counter.ask.increment(2)).toBe(3);
    expect(await Promise.all([counter.ask.increment(), counter.ask.increment(), counter.ask.increment()])).toEqual([
      4, 5, 6,
    ]);
  });

  it("holds later messages while a handler's promise is pending", async () => {
    const order: string[] = [];
    class Recorder extends Actor {
      async first(): Promise<void> {
        await Promise.resolve().then(() => order.push("first"));
        order.push("first again");
      }
      second(): void {
        order.push("second");
      }
    }
    await using system = new ActorSystem({ runtime });
    const recorder = system.spawn(Recorder);
    await Promise.all([recorder.ask.first(), recorder.ask.second()]);
    expect(order).toEqual(["first", "first again", "second"]);
  });

  it("holds the mailbox for promises of other libraries, too", async () => {
    class Query extends Actor {
      run(): PromiseLike<number> {
        // biome-ignore lint/suspicious/noThenProperty: a thenable that is no Promise is what this is about.
        return { then: (done) => Promise.resolve(7).then(done) };
      }
    }
    await using system = new ActorSystem({ runtime });
    expect(await system.spawn(Query).ask.run()).toBe(7);
  });

  it("[X12] refuses to begin to stop with a time that is none", async () => {
    await using system = new ActorSystem({ runtime });
    for (const ms of [Number.NaN, -1, "5", Symbol("5")])
      expect(() => system.beginStop(ms as number)).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(system.isStopping).toBe(false);
  });

  it("ends its open asks with nodedown when the system stops", async () => {
    const system = new ActorSystem({ runtime });
    class Silent extends Actor {
      wait(): Promise<void> {
        return this.context.deferReply<void>().later;
      }
    }
    const { recipient } = system.spawn(Silent);
    const open = new PendingReply(recipient, "wait", { timeoutMs: 60_000 }).promise;
    const failure = expect(open).rejects.toMatchObject({ code: "nodedown" });
    await system.stop();
    await failure;
    expect(system.deadlines.size).toBe(0);
  });

  it("makes a dead letter of a plain message to a class without receive", async () => {
    class Mute extends Actor {}
    const letters: DeadLetter[] = [];
    await using system = new ActorSystem({ runtime, onDeadLetter: (letter) => letters.push(letter) });
    const mute = system.spawn(Mute);
    mute.send("hello");
    expect(letters).toEqual([{ recipient: "local/1", method: "receive", args: ["hello"], reason: "noReceiver" }]);
    expect(system.cellOf(mute)?.isAlive).toBe(true);
  });

  it("takes plain messages in receive", async () => {
    await using system = new ActorSystem({ runtime });
    const counter = system.spawn(Counter);
    await counter.ask.increment(5);
    counter.send("reset");
    expect(await counter.ask.increment()).toBe(1);
  });

  it("fails an ask with the handler's error and ends", async () => {
    await using system = new ActorSystem({ runtime });
    const counter = system.spawn(Counter);
    await expect(counter.ask.fail("broken")).rejects.toThrow("broken");
    await expect(counter.ask.increment()).rejects.toMatchObject({ code: "noproc" });
  });

  it("fails an ask with timeout at its deadline and drops the late reply", async () => {
    await using system = new ActorSystem({ runtime });
    const counter = system.spawn(Counter);
    await expect(counter.with({ timeoutMs: 5 }).ask.slow()).rejects.toMatchObject({ code: "timeout" });
    system.cellOf(counter)?.kill();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40])(
    "[B30] refuses a deadline of %d ms",
    async (timeoutMs) => {
      await using system = new ActorSystem({ runtime });
      expect(() => system.spawn(Counter).with({ timeoutMs })).toThrow(
        expect.objectContaining({ code: "invalidOption" }),
      );
    },
  );

  it("refuses to ask itself instead of waiting forever", async () => {
    await using system = new ActorSystem({ runtime });
    await expect(system.spawn(Counter).ask.askMyself()).rejects.toMatchObject({ code: "askSelf" });
  });

  it.each(["onStart", "constructor", "__proto__", "_private", "toString", "hasOwnProperty", "receive", "nothing"])(
    "[B26] refuses a call to %s, which is no message",
    async (name) => {
      await using system = new ActorSystem({ runtime });
      const counter = system.spawn(Counter);
      await expect(askRecipient(counter.recipient, name, [])).rejects.toMatchObject({ code: "badMessage" });
      expect(await counter.ask.increment()).toBe(1);
    },
  );

  it("is asked nothing more once killed: waiting asks get noproc, tells become dead letters", async () => {
    const letters: DeadLetter[] = [];
    await using system = new ActorSystem({ runtime, onDeadLetter: (letter) => letters.push(letter) });
    const counter = system.spawn(Counter);
    const asks = [counter.ask.slow(), counter.ask.increment()].map((ask) =>
      ask.catch((error: { code: string }) => error.code),
    );
    counter.tell.increment();
    await Promise.resolve();
    system.cellOf(counter)?.kill();
    counter.tell.increment(7);
    expect(await Promise.all(asks)).toEqual(["noproc", "noproc"]);
    expect(letters.map((letter) => letter.args)).toEqual([[], [7]]);
    expect(system.deadLetters).toBe(2);
  });

  it("can use its context in field initialisers and says so when it was made with new", async () => {
    class Introspective extends Actor {
      readonly #label = this.self().toString();
      label(): string {
        return this.#label;
      }
    }
    await using system = new ActorSystem({ runtime, name: "n1" });
    expect(await system.spawn(Introspective).ask.label()).toBe("ActorRef(n1/1)");
    expect(() => new Introspective()).toThrow("spawn it");
  });

  it("runs its hooks in order", async () => {
    const events: string[] = [];
    class Hooked extends Actor {
      protected override async onStart(): Promise<void> {
        await Promise.resolve();
        events.push("start");
      }
      work(): void {
        events.push("work");
      }
      protected override async onStop(reason: ExitReason): Promise<void> {
        await Promise.resolve();
        events.push(`stop ${String(reason)}`);
      }
    }
    await using system = new ActorSystem({ runtime });
    const hooked = system.spawn(Hooked);
    await hooked.ask.work();
    await system.stopActor(hooked, "shutdown");
    expect(events).toEqual(["start", "work", "stop shutdown"]);
  });

  it("fails its start when the constructor or onStart throws", async () => {
    class Broken extends Actor {
      constructor(how: "constructor" | "onStart") {
        super();
        if (how === "constructor") throw new Error("no");
      }
      protected override onStart(): void {
        throw new Error("no");
      }
    }
    await using system = new ActorSystem({ runtime });
    expect(() => system.spawn(Broken, { args: ["constructor"] })).toThrow(
      expect.objectContaining({ code: "startFailed" }),
    );
    const ref = system.spawn(Broken, { args: ["onStart"] });
    expect(system.cellOf(ref)).toBeUndefined();
    expect(system.size).toBe(0);
  });
});

describe("a monitor", () => {
  class Watcher extends Actor {
    readonly #downs: Down[] = [];
    watch(ref: ActorRef, times = 1): void {
      for (let i = 0; i < times; i++) this.context.monitor(ref);
    }
    watchAndForget(ref: ActorRef): void {
      this.context.monitor(ref).cancel();
    }
    reasons(): unknown[] {
      return this.#downs.map((down) => down.reason);
    }
    protected override onDown(down: Down): void {
      this.#downs.push(down);
    }
  }

  it("[A5] fires once per monitor with the reason, and with noproc for an actor that is gone", async () => {
    await using system = new ActorSystem({ runtime });
    const watcher = system.spawn(Watcher);
    const counter = system.spawn(Counter);
    await watcher.ask.watch(counter, 2);
    await watcher.ask.watchAndForget(counter);
    system.cellOf(counter)?.kill();
    await watcher.ask.watch(counter);
    expect(await watcher.ask.reasons()).toEqual(["killed", "killed", "noproc"]);
  });
});

describe("the scheduler", () => {
  it("lets I/O and timers run while actors keep each other busy", async () => {
    class Player extends Actor {
      other: ActorRef<Player> | undefined;
      meet(other: ActorRef<Player>): void {
        this.other = other;
      }
      ball(): void {
        this.other?.tell.ball();
      }
    }
    await using system = new ActorSystem({ runtime });
    const [a, b] = [system.spawn(Player), system.spawn(Player)];
    await Promise.all([a.ask.meet(b), b.ask.meet(a)]);
    a.tell.ball();
    await new Promise<void>((resolve) => runtime.setTimer(20, resolve));
    await new Promise<void>((resolve) => runtime.nextTurn(resolve));
    for (const player of [a, b]) system.cellOf(player)?.kill();
    expect(system.size).toBe(0);
  });

  it("lets I/O run between the messages of one actor that works long on each", async () => {
    class Worker extends Actor {
      handled = 0;
      work(): number {
        for (const end = runtime.now() + 1; runtime.now() < end; );
        return ++this.handled;
      }
      count(): number {
        return this.handled;
      }
    }
    await using system = new ActorSystem({ runtime });
    const worker = system.spawn(Worker);
    for (let i = 0; i < 200; i++) worker.tell.work();
    await new Promise<void>((resolve) => runtime.setTimer(0, resolve));
    expect(system.cellOf(worker)?.mailboxLength).toBeGreaterThan(100);
    expect(await worker.ask.count()).toBe(200);
  });
});

describe("an actor that waits for itself", () => {
  class Selfish extends Actor {
    static readonly mailbox = { capacity: 1 };
    static readonly reentrant: readonly string[] = ["stopBeside"];
    readonly #when: string;
    readonly early: Promise<unknown> | undefined;

    constructor(when = "") {
      super();
      this.#when = when;
      if (when === "constructor") this.early = this.#waitForStart();
    }
    protected override async onStart(): Promise<void> {
      await this.early;
      if (this.#when === "onStart") await this.#waitForStart();
    }
    started(): Promise<void> {
      return this.#waitForStart();
    }
    async stop(): Promise<void> {
      await this.context.system.stopActor(this.context.self);
    }
    async stopBeside(): Promise<void> {
      await this.stop();
    }
    async kill(): Promise<void> {
      await this.context.system.stopActor(this.context.self, "normal", 0);
    }
    async waitForRoom(): Promise<void> {
      await this.self().ready();
      this.self<Selfish>().tell.ping();
      await this.self().ready();
    }
    ping(): void {}
    #waitForStart(): Promise<void> {
      return this.context.system.whenStarted(this.context.self);
    }
  }

  it.each(["constructor", "onStart"])("[X17] is refused at once: for its own start, in %s", async (when) => {
    await using system = new ActorSystem({ runtime });
    const selfish = system.spawn(Selfish, { args: [when] });
    const error: Error & { cause?: unknown } = await system.whenStarted(selfish).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "startFailed", cause: { code: "askSelf" } });
  });

  it("[X17] may ask for its start once it has started, and others may wait for it", async () => {
    await using system = new ActorSystem({ runtime });
    const selfish = system.spawn(Selfish);
    await system.whenStarted(selfish);
    await selfish.ask.started();
  });

  it("[X17] is refused at once: for its own end, unless its handler does not hold it or it is a kill", async () => {
    await using system = new ActorSystem({ runtime });
    await expect(system.spawn(Selfish).ask.stop()).rejects.toMatchObject({ code: "askSelf" });
    const [beside, killed] = [system.spawn(Selfish), system.spawn(Selfish)];
    await expect(beside.ask.stopBeside()).rejects.toMatchObject({ code: "noproc" });
    await expect(killed.ask.kill()).rejects.toMatchObject({ code: "noproc" });
    expect([beside, killed].map((ref) => (ref.recipient as ActorCell).exitReason)).toEqual(["normal", "killed"]);
  });

  it("[X17] is refused at once: for room in its own full mailbox, not where there is some", async () => {
    await using system = new ActorSystem({ runtime });
    await expect(system.spawn(Selfish).ask.waitForRoom()).rejects.toMatchObject({ code: "askSelf" });
  });

  class Switch extends Actor {
    readonly #when: string;
    readonly #stops: string[];
    constructor(when: string, stops: string[]) {
      super();
      this.#when = when;
      this.#stops = stops;
    }
    protected override async onStart(): Promise<void> {
      this.context.timers.once("off", 0, () => (this.#when === "a timer" ? this.off() : undefined));
      if (this.#when === "onStart") await this.off();
    }
    protected override async onStop(reason: ExitReason): Promise<void> {
      this.#stops.push(`${reason}`);
      if (this.#when === "onStop") await this.off();
    }
    async off(): Promise<void> {
      await this.context.system.stop();
    }
    offAtOnce(): void {
      void this.context.system.stop();
    }
  }

  function withSwitch(when: string) {
    const logged: string[] = [];
    const stops: string[] = [];
    const log = createLog(({ event }) => logged.push(event));
    const system = new ActorSystem({ runtime: systemRuntime({ log }) });
    return { system, stops, logged, ref: system.spawn(Switch, { args: [when, stops] }) };
  }

  it("[X17] stops the whole system, and is not waited for by that when it waits: in a handler", async () => {
    const { system, stops, logged, ref } = withSwitch("");
    await expect(ref.ask.off()).rejects.toMatchObject({ code: "askSelf" });
    await system.stop(Number.POSITIVE_INFINITY);
    expect({ stops, logged, size: system.size }).toEqual({ stops: ["shutdown"], logged: [], size: 0 });
  });

  it.each<[when: string, stops: string[], logged: string[]]>([
    ["onStart", [], []],
    ["a timer", ["shutdown"], []],
    // What fails there is always told.
    ["onStop", ["normal"], ["actor crashed"]],
  ])("[X17] the same in %s", async (when, ...expected) => {
    const { system, stops, logged, ref } = withSwitch(when);
    if (when === "onStop") system.cellOf(ref)?.stop();
    await expect.poll(() => system.isStopping, { interval: 1 }).toBe(true);
    await system.stop(Number.POSITIVE_INFINITY);
    expect([stops, logged, system.size]).toEqual([...expected, 0]);
  });

  it("[X17] stops the whole system without waiting for that, and hears nothing of a refusal", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const { system, stops, ref } = withSwitch("");
    await ref.ask.offAtOnce();
    await system.stop(Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect({ stops, unhandled }).toEqual({ stops: ["shutdown"], unhandled: [] });
  });
});
