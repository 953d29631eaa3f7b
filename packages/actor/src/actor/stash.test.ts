import { expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  type LogEvent,
  Rejection,
  Supervisor,
  systemRuntime,
} from "../index.ts";

let handled: string[];

/** Stashes first and thinks better of it. */
class Gate extends Actor {
  static readonly reentrant: readonly string[] = ["openBeside"];
  #isOpen = false;
  readonly #released = Promise.withResolvers<void>();

  thenReturns(): string {
    handled.push("thenReturns");
    if (!this.#isOpen) this.context.stash();
    return this.#isOpen ? "open" : "ignored";
  }
  thenRejects(): string {
    handled.push("thenRejects");
    if (this.#isOpen) return "open";
    this.context.stash();
    throw new Rejection(new RangeError("rejected"));
  }
  async thenRejectsLater(): Promise<string> {
    handled.push("thenRejectsLater");
    if (this.#isOpen) return "open";
    this.context.stash();
    await this.#released.promise;
    throw new Rejection(new RangeError("rejected"));
  }
  thenCrashes(): string {
    handled.push("thenCrashes");
    this.context.stash();
    throw new RangeError("crashed");
  }
  async thenCrashesLater(): Promise<string> {
    handled.push("thenCrashesLater");
    this.context.stash();
    await Promise.resolve();
    throw new RangeError("crashed");
  }
  thenStops(): string {
    handled.push("thenStops");
    this.context.stop();
    return this.context.stash();
  }
  thenDefers(): Promise<string> {
    handled.push("thenDefers");
    this.context.stash();
    return this.context.deferReply<string>().later;
  }
  afterDeferring(): Promise<string> {
    handled.push("afterDeferring");
    const reply = this.context.deferReply<string>();
    this.context.stash();
    return reply.later;
  }
  twice(): string {
    handled.push("twice");
    if (this.#isOpen) return "open";
    this.context.stash();
    return this.context.stash();
  }
  andUnstash(): string {
    handled.push("andUnstash");
    if (this.#isOpen) return "open";
    this.#isOpen = true;
    this.context.stash();
    this.context.unstash();
    return "ignored";
  }
  onTimer(): void {
    this.context.timers.once("tick", 0, () => {
      handled.push("tick");
      this.context.stash();
      throw new Rejection(new RangeError("of a timer"));
    });
  }
  items(): AsyncIterable<string> {
    handled.push("items");
    if (this.#isOpen) return once("open");
    this.context.stash();
    throw new Rejection(new RangeError("rejected"));
  }
  itemsLater(): AsyncIterable<string> {
    handled.push("itemsLater");
    if (!this.#isOpen) this.context.stash();
    return once(this.#isOpen ? "open" : "ignored");
  }
  async *inGenerator(): AsyncGenerator<string> {
    this.context.stash();
    yield "never";
  }

  open(): number {
    this.#isOpen = true;
    return this.context.unstash();
  }
  /** Comes back while the handler that stashed is at work. */
  openBeside(): number {
    const count = this.open();
    this.#released.resolve();
    return count;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

async function* once(item: string): AsyncGenerator<string> {
  yield item;
}

function start(): {
  system: ActorSystem;
  gate: ActorRef<Gate>;
  log: LogEvent[];
  [Symbol.asyncDispose](): Promise<void>;
} {
  handled = [];
  const log: LogEvent[] = [];
  const system = new ActorSystem({ runtime: systemRuntime({ log: createLog((event) => log.push(event), "debug") }) });
  return { system, gate: system.spawn(Gate), log, [Symbol.asyncDispose]: () => system.stop() };
}

const fateOf = (answer: Promise<unknown>): Promise<unknown> => answer.catch((error) => error.code ?? error.message);

it.each(["thenReturns", "twice"] as const)(
  "[X1] a message that is stashed: %s() answers when it comes back, once",
  async (method) => {
    await using on = start();
    const answer = on.gate.ask[method]();
    expect(await on.gate.ask.open()).toBe(1);
    expect(await answer).toBe("open");
    expect(handled).toEqual([method, method]);
    expect(await on.gate.ask.open()).toBe(0);
  },
);

it("[X1] a message that is stashed and taken out by its own handler comes back at once, and answers then", async () => {
  await using on = start();
  expect(await on.gate.ask.andUnstash()).toBe("open");
  expect(handled).toEqual(["andUnstash", "andUnstash"]);
});

it.each(["ask", "tell"] as const)(
  "[X1] a handler that stashes and rejects has rejected: the %s does not come back",
  async (how) => {
    await using on = start();
    const answer = fateOf(Promise.resolve(on.gate[how].thenRejects()));
    // One before it, one behind: those come back.
    const others = [on.gate.ask.thenReturns(), on.gate.ask.thenReturns()];
    expect(await on.gate.ask.open()).toBe(2);
    expect(await answer).toBe(how === "ask" ? "rejected" : undefined);
    expect(await Promise.all(others)).toEqual(["open", "open"]);
    expect(handled).toEqual(["thenRejects", ...new Array(4).fill("thenReturns")]);
  },
);

it("[X1] nor does it when it was put back while its handler was at work", async () => {
  await using on = start();
  const before = on.gate.ask.thenReturns();
  const answer = fateOf(on.gate.ask.thenRejectsLater());
  expect(await on.gate.ask.openBeside()).toBe(2);
  expect(await answer).toBe("rejected");
  expect(await before).toBe("open");
  expect(await on.gate.ask.open()).toBe(0);
  expect(handled).toEqual(["thenReturns", "thenRejectsLater", "thenReturns"]);
  expect(on.system.cellOf(on.gate)?.counters.mailboxLength).toBe(0);
});

it.each(["thenCrashes", "thenCrashesLater"] as const)(
  "[X1] a handler that stashes and crashes: %s() ends with the error, for all",
  async (method) => {
    await using on = start();
    const children = [childSpec(Gate)];
    const supervisor = on.system.spawn(Supervisor, { args: [{ children }] });
    const [info] = await supervisor.ask.whichChildren();
    const gate = info?.ref as ActorRef<Gate>;
    const before = fateOf(gate.ask.thenReturns());
    expect(await fateOf(gate.ask[method]())).toBe("crashed");
    // What was stashed properly has been seen by no handler: it is handed back.
    expect(await before).toBe("noproc");
    await expect.poll(async () => (await supervisor.ask.whichChildren())[0]?.state).toBe("running");
    expect(handled).toEqual(["thenReturns", method]);
    // Told, it is a crash and no lost message besides.
    on.gate.tell[method]();
    await expect.poll(() => on.system.cellOf(on.gate)).toBe(undefined);
    expect(on.log.filter(({ event }) => event === "dead letter")).toEqual([]);
    expect(on.system.deadLetters).toBe(0);
  },
);

it("[X1] a message that is stashed by an actor that stops itself is handed back, as all that wait", async () => {
  await using on = start();
  expect(await fateOf(on.gate.ask.thenStops())).toBe("noproc");
  expect(handled).toEqual(["thenStops"]);
});

it.each(["thenDefers", "afterDeferring"] as const)(
  "[X1] a message is stashed or has a deferred reply, not both: %s()",
  async (method) => {
    await using on = start();
    expect(await fateOf(on.gate.ask[method]())).toBe("badMessage");
    expect(handled).toEqual([method]);
  },
);

it("[X1] a call of a timer that is stashed and rejected does not come back", async () => {
  await using on = start();
  on.gate.tell.onTimer();
  await expect.poll(() => handled).toEqual(["tick"]);
  expect(await on.gate.ask.open()).toBe(0);
  expect(handled).toEqual(["tick"]);
});

it("[X1] a stream: what is stashed begins when it comes back, what is rejected ends, a generator has no message at hand", async () => {
  await using on = start();
  const rejected = fateOf(all(on.gate.stream.items()));
  const later = all(on.gate.stream.itemsLater());
  expect(await rejected).toBe("rejected");
  expect(await on.gate.ask.open()).toBe(1);
  expect(await later).toEqual(["open"]);
  expect(handled).toEqual(["items", "itemsLater", "itemsLater"]);
  expect(await fateOf(all(on.gate.stream.inGenerator()))).toBe("badMessage");
});
