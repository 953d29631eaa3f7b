import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  createLog,
  type DeadLetter,
  type Down,
  type ExitReason,
  type LogEvent,
  type Monitor,
  Rejection,
  silentLog,
  systemRuntime,
} from "../index.ts";
import { showThrown } from "../spi.ts";

// What programs do that nobody should, and what must not come of it: a message, signal or error that is lost without a word,
// an actor or scheduler that stands still, something left behind.

function start(name = "local") {
  const logged: LogEvent[] = [];
  const letters: DeadLetter[] = [];
  const runtime = systemRuntime({ log: createLog((event) => logged.push(event)) });
  const system = new ActorSystem({ name, runtime, onDeadLetter: (letter) => letters.push(letter) });
  const texts = (): string[] =>
    logged.map(({ event, fields }) => `${event}: ${showThrown(fields.error ?? fields.reason)}`);
  return { system, letters, texts, [Symbol.asyncDispose]: () => system.stop() };
}

class Bystander extends Actor {
  readonly #downs: ExitReason[] = [];
  ping(): string {
    return "pong";
  }
  watch(ref: ActorRef): void {
    this.context.monitor(ref);
  }
  downs(): ExitReason[] {
    return this.#downs;
  }
  protected override onDown({ reason }: Down): void {
    this.#downs.push(reason);
  }
}

/** A promise whose `then` was replaced. */
function withThen(then: (done: (value: unknown) => void, failed: (error: unknown) => void) => void): Promise<unknown> {
  return Object.assign(Promise.resolve("its own value"), { then });
}

const oddResults: Record<string, () => unknown> = {
  "a thenable that calls both callbacks, again and again": () => ({
    // biome-ignore lint/suspicious/noThenProperty: this is what it is about.
    then: (done: (value: unknown) => void, failed: (error: unknown) => void) => {
      for (let i = 0; i < 3; i++) done("first");
      failed(new Error("late"));
      throw new Error("later");
    },
  }),
  "a thenable that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: this is what it is about.
    then: () => {
      throw new Error("in then");
    },
  }),
  "a getter that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: this is what it is about.
    get then() {
      throw new Error("in a getter");
    },
  }),
  "a promise whose then calls back at once and twice": () =>
    withThen((done) => {
      done("a");
      done("b");
    }),
  "a promise whose then throws": () =>
    withThen(() => {
      throw new Error("in then");
    }),
  "a promise whose then never calls back": () => withThen(() => {}),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a proxy whose traps throw": () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("in a trap");
        },
        has: () => {
          throw new Error("in a trap");
        },
        getPrototypeOf: () => {
          throw new Error("in a trap");
        },
      },
    ),
};

class UnshowableError extends Error {
  override get message(): string {
    throw new Error("no message");
  }
  override get name(): string {
    throw new Error("no name");
  }
}

const oddErrors: Record<string, () => unknown> = {
  "a revoked proxy": oddResults["a revoked proxy"] as () => unknown,
  "a proxy whose traps throw": oddResults["a proxy whose traps throw"] as () => unknown,
  "an error that cannot be shown": () => new UnshowableError(),
  undefined: () => undefined,
  "an object without a prototype": () => Object.create(null),
  "a symbol": () => Symbol("s"),
};

class Odd extends Actor {
  give(what: string): unknown {
    return oddResults[what]?.();
  }
  throwIt(what: string): never {
    throw oddErrors[what]?.();
  }
  async rejectIt(what: string): Promise<never> {
    await Promise.resolve();
    throw oddErrors[what]?.();
  }
  ping(): string {
    return "pong";
  }
}

describe("whatever a handler returns", () => {
  it.each(Object.keys(oddResults))("its ask is answered and its actor goes on or ends, properly: %s", async (what) => {
    await using test = start();
    const odd = test.system.spawn(Odd);
    const watcher = test.system.spawn(Bystander);
    await watcher.ask.watch(odd as unknown as ActorRef);
    const outcome = await Promise.allSettled([odd.with({ timeoutMs: 2_000 }).ask.give(what)]);
    if (outcome[0].status === "rejected") expect(outcome[0].reason).not.toMatchObject({ code: "timeout" });
    const next = await odd.ask.ping().catch((error: { code: string }) => error.code);
    const downs = await watcher.ask.downs();
    expect([next, downs.length]).toEqual(next === "pong" ? ["pong", 0] : ["noproc", 1]);
  });

  it.each(Object.keys(oddErrors))("or throws, others are told of its end: %s", async (what) => {
    for (const method of ["throwIt", "rejectIt"] as const) {
      await using test = start();
      const odd = test.system.spawn(Odd);
      const watcher = test.system.spawn(Bystander);
      await watcher.ask.watch(odd as unknown as ActorRef);
      const [outcome] = await Promise.allSettled([odd.ask[method](what)]);
      expect(outcome.status).toBe("rejected");
      const [reason] = await watcher.ask.downs();
      expect(reason).toBeInstanceOf(Error);
      await expect(odd.ask.ping()).rejects.toMatchObject({ code: "noproc" });
      expect(await watcher.ask.ping()).toBe("pong");
    }
  });
});

/** Each does `work` in another hook. */
const hooks: Record<string, (work: () => void) => new () => Actor> = {
  onStart: (work) =>
    class extends Actor {
      protected override onStart(): void {
        return work();
      }
    },
  onDown: (work) =>
    class extends Actor {
      protected override onStart(): void {
        const gone = this.context.spawn(Bystander);
        this.context.monitor(gone);
        this.context.exit(gone, "kill");
      }
      protected override onDown(): void {
        return work();
      }
    },
  onExit: (work) =>
    class extends Actor {
      protected override onStart(): void {
        this.context.exit(this.context.self, "timeout");
      }
      protected override onExit(): void {
        return work();
      }
    },
  onIdle: (work) =>
    class extends Actor {
      protected override onStart(): void {
        this.context.idleTimeoutMs = 1;
      }
      protected override onIdle(): void {
        return work();
      }
    },
  onStop: (work) =>
    class extends Actor {
      protected override onStart(): void {
        this.context.stop();
      }
      protected override onStop(): void {
        return work();
      }
    },
  "continueWith()": (work) =>
    class extends Actor {
      protected override onStart(): void {
        this.context.continueWith(work);
      }
    },
  "a timer": (work) =>
    class extends Actor {
      protected override onStart(): void {
        this.context.timers.once("work", 0, work);
      }
    },
};

const awaitsWithError = [
  "a thenable that throws",
  "a getter that throws",
  "a revoked proxy",
  "a proxy whose traps throw",
];
const hookCases = Object.keys(hooks).flatMap((hook) => awaitsWithError.map((result) => [hook, result] as const));

describe("what a hook returns that cannot be awaited", () => {
  it.each(hookCases)("is a crash of its actor alone: %s, %s", async (hook, result) => {
    await using stage = start();
    const OddHook = hooks[hook]?.(oddResults[result] as () => void) as new () => Actor;
    const bystander = stage.system.spawn(Bystander);
    const cell = stage.system.cellOf(stage.system.spawn(OddHook));
    expect(await new Promise<ExitReason>((resolve) => cell?.onExit(resolve))).toBeInstanceOf(Error);
    expect(await bystander.ask.ping()).toBe("pong");
  });
});

describe("a rejection", () => {
  class Refusing extends Actor {
    refuse(what: string): never {
      throw new Rejection(oddErrors[what]?.() as Error);
    }
    async refuseLate(): Promise<never> {
      this.context.exit(this.context.self, "kill");
      await Promise.resolve();
      throw new Rejection(new Error("nobody asks any more"));
    }
    ping(): string {
      return "pong";
    }
  }

  it.each(Object.keys(oddErrors))("answers with whatever was caught, and the actor lives on: %s", async (what) => {
    await using stage = start();
    const refusing = stage.system.spawn(Refusing);
    const [outcome] = await Promise.allSettled([refusing.ask.refuse(what)]);
    expect(outcome.status).toBe("rejected");
    expect(await refusing.ask.ping()).toBe("pong");
    expect(stage.texts()).toEqual([]);
  });

  it("[X21] of a handler whose actor was killed is an answer without an asker, and no event", async () => {
    await using stage = start();
    await expect(stage.system.spawn(Refusing).ask.refuseLate()).rejects.toMatchObject({ code: "noproc" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stage.texts().filter((text) => text.includes("nobody asks"))).toEqual([]);
  });
});

describe("a function with a then", () => {
  class Builder extends Actor {
    readonly done: string[] = [];
    query(how: "resolves" | "rejects"): unknown {
      const then = (done: (value: string) => void, failed: (error: unknown) => void): void =>
        void setImmediate(() => {
          this.done.push(how);
          if (how === "resolves") done("rows");
          else failed(new Error("no table"));
        });
      return Object.assign(() => {}, { then });
    }
    log(): string[] {
      return this.done;
    }
  }

  it("is awaited as any promise: it holds the mailbox, and what it rejects with is a crash", async () => {
    await using stage = start();
    const builder = stage.system.spawn(Builder);
    const rows = builder.ask.query("resolves");
    expect(await builder.ask.log()).toEqual(["resolves"]);
    expect(await rows).toBe("rows");
    const cell = stage.system.cellOf(builder);
    builder.tell.query("rejects");
    await expect(builder.ask.log()).rejects.toMatchObject({ code: "noproc" });
    expect(cell?.exitReason).toMatchObject({ message: "no table" });
  });
});

describe("whoever listens", () => {
  it("and throws keeps nobody else from being told of an end", async () => {
    await using test = start();
    const { system } = test;
    const target = system.spawn(Bystander);
    const watcher = system.spawn(Bystander);
    const stop = system.beforeExitSignals(() => {
      throw new Error("in a hook");
    });
    target.recipient.watch(() => {
      throw new Error("in a listener");
    });
    await watcher.ask.watch(target as unknown as ActorRef);
    system.cellOf(target)?.kill();
    expect(await watcher.ask.downs()).toEqual(["killed"]);
    expect(test.texts()).toEqual(expect.arrayContaining([expect.stringContaining("in a hook")]));
    expect(test.texts()).toEqual(expect.arrayContaining([expect.stringContaining("in a listener")]));
    stop();
  });

  it("to dead letters and throws harms no sender", async () => {
    const runtime = systemRuntime({ log: createLog(() => {}) });
    const onDeadLetter = (): never => {
      throw new Error("in a listener");
    };
    await using system = new ActorSystem({ runtime, onDeadLetter });
    const target = system.spawn(Bystander);
    system.cellOf(target)?.kill();
    expect(() => target.tell.ping()).not.toThrow();
    expect(system.deadLetters).toBe(1);
  });
});

describe("code that goes on after its actor's end", () => {
  class Zombie extends Actor {
    readonly #log: unknown[];
    readonly #target: ActorRef;
    constructor(log: unknown[], target: ActorRef) {
      super();
      this.#log = log;
      this.#target = target;
    }
    async walk(killed: Promise<void>): Promise<void> {
      await killed;
      const { context } = this;
      const attempts: Record<string, () => unknown> = {
        monitor: () => context.monitor(this.#target),
        link: () => context.link(this.#target),
        unlink: () => context.unlink(this.#target),
        timers: () => context.timers.every("late", 1, () => this.#log.push("timer")),
        idle: () => (context.idleTimeoutMs = 1),
        stash: () => context.stash(),
        unstash: () => context.unstash(),
        deferReply: () => context.deferReply(),
        continueWith: () => context.continueWith(() => void this.#log.push("continued")),
        become: () => context.become({ walk: () => this.#log.push("became") }),
        stop: () => context.stop(),
        tell: () => this.self<Zombie>().tell.walk(killed),
        child: () => this.#log.push(context.spawn(Bystander, { link: true })),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          attempt();
        } catch (error) {
          this.#log.push(`${name}: ${(error as { code: string }).code}`);
        }
      }
      throw new Error("at last");
    }
  }

  it("leaves nothing behind, and what it throws is logged", async () => {
    await using test = start();
    const { system } = test;
    const log: unknown[] = [];
    const target = system.spawn(Bystander);
    const zombie = system.spawn(Zombie, { args: [log, target as unknown as ActorRef] });
    let kill = (): void => {};
    zombie.tell.walk(
      new Promise((resolve) => {
        kill = resolve;
      }),
    );
    await target.ask.ping();
    system.cellOf(zombie)?.kill();
    kill();
    await expect.poll(() => test.texts()).toContain("an error of an actor that has ended: Error: at last");
    const child = log.pop() as ActorRef;
    expect(log).toEqual(["stash: noproc", "deferReply: noproc"]);
    expect(test.letters).toMatchObject([{ method: "walk", reason: "noproc" }]);
    // A child that was to be linked to it ends as its link would have ended it.
    await expect.poll(() => system.cellOf(child)).toBeUndefined();
    expect(await target.ask.ping()).toBe("pong");
    expect(system.size).toBe(1);
  });
});

describe("[A9] 100,000 actors with monitors, links, timers and asks", () => {
  it("leave nothing behind at those that live", async () => {
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    class Keeper extends Actor {
      monitors = new Set<Monitor>();
      adopt(ref: ActorRef, how: number): void {
        const monitor = this.context.monitor(ref);
        if (how === 0) monitor.cancel();
        if (how === 1) this.context.link(ref);
        if (how === 2) {
          this.context.link(ref);
          this.context.unlink(ref);
        }
      }
      ping(): void {}
      protected override onExit(): void {}
    }
    class Mayfly extends Actor {
      live(): number {
        this.context.timers.every("tick", 60_000, () => {});
        this.context.idleTimeoutMs = 60_000;
        return 1;
      }
      leave(): void {
        this.context.stop();
      }
    }
    const keeper = system.spawn(Keeper);
    const generation = async (count: number): Promise<void> => {
      const flies = Array.from({ length: count }, () => system.spawn(Mayfly));
      const asks = flies.map((fly, i) => {
        keeper.tell.adopt(fly as unknown as ActorRef, i % 3);
        return fly.ask.live();
      });
      await Promise.all(asks);
      for (const [i, fly] of flies.entries()) {
        if (i % 2 === 0) fly.tell.leave();
        else system.cellOf(fly)?.kill();
      }
      await expect.poll(() => system.size, { interval: 1, timeout: 20_000 }).toBe(1);
      // Behind everything that it was told of their ends.
      await keeper.with({ timeoutMs: 60_000 }).ask.ping();
    };
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    await generation(20_000);
    const before = used();
    for (let i = 0; i < 4; i++) await generation(20_000);
    const after = used();
    expect(system.size).toBe(1);
    expect(system.deadlines.size).toBe(0);
    expect(after / before).toBeLessThan(1.05);
  });
});

describe("an actor that ends in any state", () => {
  type Phase =
    | "constructor"
    | "onStart"
    | "onStart, waiting"
    | "handler"
    | "handler, waiting"
    | "onStop"
    | "onStop, waiting";
  const phases: Phase[] = [
    "constructor",
    "onStart",
    "onStart, waiting",
    "handler",
    "handler, waiting",
    "onStop",
    "onStop, waiting",
  ];
  const events: string[] = [];

  class Mortal extends Actor {
    readonly #phase: Phase;
    readonly #how: "kill" | "stop" | "throw";
    constructor(phase: Phase, how: "kill" | "stop" | "throw") {
      super();
      this.#phase = phase;
      this.#how = how;
      this.#maybe("constructor");
    }
    protected override onStart(): void | Promise<void> {
      events.push("onStart");
      this.#maybe("onStart");
      if (this.#phase === "onStart, waiting") return Promise.resolve().then(() => this.#maybe("onStart, waiting"));
    }
    work(): void | Promise<void> {
      events.push("work");
      this.#maybe("handler");
      if (this.#phase === "handler, waiting") return Promise.resolve().then(() => this.#maybe("handler, waiting"));
    }
    leave(): void {
      this.context.stop("shutdown");
    }
    protected override onStop(): void | Promise<void> {
      events.push("onStop");
      this.#maybe("onStop");
      if (this.#phase === "onStop, waiting") return Promise.resolve().then(() => this.#maybe("onStop, waiting"));
    }
    #maybe(phase: Phase): void {
      if (this.#phase !== phase) return;
      if (this.#how === "throw") throw new Error("mortal");
      if (this.#how === "kill") this.context.exit(this.self(), "kill");
      else this.context.stop("shutdown");
    }
  }

  it.each(phases.flatMap((phase) => (["kill", "stop", "throw"] as const).map((how) => [phase, how] as const)))(
    "%s: %s",
    async (phase, how) => {
      await using test = start();
      const { system } = test;
      const reasons: ExitReason[] = [];
      events.length = 0;
      if (phase === "constructor" && how === "throw") {
        expect(() => system.spawn(Mortal, { args: [phase, how] })).toThrow(
          expect.objectContaining({ code: "startFailed" }),
        );
        expect(system.size).toBe(0);
        return;
      }
      const mortal = system.spawn(Mortal, { args: [phase, how] });
      const isGone = system.cellOf(mortal) === undefined;
      mortal.recipient.watch((reason) => reasons.push(reason));
      const ask = mortal.ask.work().catch((error: { code?: string; message: string }) => error.code ?? error.message);
      mortal.tell.leave();
      const outcome = await ask;
      await expect.poll(() => system.cellOf(mortal)).toBeUndefined();
      const [reason, ...more] = reasons;
      expect(more).toEqual([]);
      const expected = how === "kill" ? "killed" : how === "stop" ? "shutdown" : { message: "mortal" };
      if (isGone) expect(reason).toBe("noproc");
      else if (typeof expected === "string") expect(reason).toBe(expected);
      else expect(reason).toMatchObject(expected);
      const isBeforeWork = phase === "constructor" || phase.startsWith("onStart");
      expect(events.includes("work")).toBe(!isBeforeWork);
      if (isBeforeWork) expect(outcome).toBe("noproc");
      expect(events.includes("onStart")).toBe(!(phase === "constructor" && how === "kill"));
      expect(events.filter((event) => event === "onStop").length).toBeLessThanOrEqual(1);
      if (how === "kill" && !phase.startsWith("onStop")) expect(events).not.toContain("onStop");
    },
  );
});

describe("two systems of one name in one process", () => {
  it("have links that are kept apart", async () => {
    await using one = start("same");
    await using two = start("same");
    class Linker extends Actor {
      link(ref: ActorRef): void {
        this.context.link(ref);
      }
      crash(): never {
        throw new Error("crash");
      }
      ping(): string {
        return "pong";
      }
    }
    const [a, b] = [one.system.spawn(Linker), one.system.spawn(Linker)];
    const [c, d] = [two.system.spawn(Linker), two.system.spawn(Linker)];
    // The labels of a and c are equal, and those of b and d.
    await a.ask.link(b as unknown as ActorRef);
    await a.ask.link(c as unknown as ActorRef);
    await a.ask.link(d as unknown as ActorRef);
    await expect(d.ask.crash()).rejects.toThrow("crash");
    for (const ref of [a, b, c]) await expect.poll(() => ref.ask.ping().catch(() => "gone")).toBe("gone");
  });
});

describe("an end that takes its time", () => {
  it("is not begun again by signals that come meanwhile, however many", async () => {
    await using test = start();
    const { system } = test;
    let timers = 0;
    const { runtime } = system;
    const setTimer = runtime.setTimer.bind(runtime);
    runtime.setTimer = (...args) => {
      timers++;
      return setTimer(...args);
    };
    class Busy extends Actor {
      async hold(): Promise<void> {
        await new Promise(() => {});
      }
    }
    class Sender extends Actor {
      exit(ref: ActorRef): void {
        for (let i = 0; i < 1_000; i++) this.context.exit(ref, "shutdown");
      }
    }
    const busy = system.spawn(Busy);
    busy.tell.hold();
    const sender = system.spawn(Sender);
    await sender.ask.exit(busy as unknown as ActorRef);
    expect(timers).toBeLessThan(10);
    system.cellOf(busy)?.kill();
  });

  it("tells why it was begun when onStop throws", async () => {
    await using test = start();
    class Faulty extends Actor {
      crash(): never {
        throw new Error("why it ends");
      }
      protected override onStop(): void {
        throw new Rejection(new Error("in onStop"));
      }
    }
    const faulty = test.system.spawn(Faulty);
    const cell = test.system.cellOf(faulty);
    await expect(faulty.ask.crash()).rejects.toThrow("why it ends");
    await expect.poll(() => cell?.exitReason).toMatchObject({ message: "in onStop" });
    expect(test.texts()).toEqual(["actor crashed: Error: why it ends", "actor crashed: Rejection: in onStop"]);
  });
});
