import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Envelope } from "../contract/envelope.ts";
import type { Method } from "../contract/method.ts";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  type DeadLetter,
  type MailboxOptions,
  OverloadedError,
  type Priority,
  silentLog,
  systemRuntime,
} from "../index.ts";
import { Mailbox } from "./mailbox.ts";
import { Ring } from "./ring.ts";

const runtime = systemRuntime({ log: silentLog });

/** What a {@link Sink} did, and how to let it go on. */
class Gate {
  readonly handled: number[] = [];
  open: () => void = () => {};
  held: () => void = () => {};
}

class Sink extends Actor {
  static readonly reentrant = ["reenter"];
  readonly #gate: Gate;
  constructor(gate: Gate) {
    super();
    this.#gate = gate;
  }
  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#gate.open = resolve;
      this.#gate.held();
    });
  }
  take(n: number): number {
    this.#gate.handled.push(n);
    return n;
  }
  reenter(n: number): number {
    return this.take(n);
  }
  startTimer(): void {
    this.context.timers.every("tick", 1, () => this.#gate.handled.push(-1));
  }
  hasTimer(): boolean {
    return this.context.timers.has("tick");
  }
}

/** An actor that handles nothing before its gate is open. */
async function holding(mailbox: MailboxOptions, prepare: (sink: ActorRef<Sink>) => Promise<unknown> = async () => {}) {
  const letters: DeadLetter[] = [];
  const gate = new Gate();
  const system = new ActorSystem({ runtime, onDeadLetter: (letter) => letters.push(letter) });
  const sink = system.spawn(Sink, { args: [gate], mailbox });
  await prepare(sink);
  const isHeld = new Promise<void>((resolve) => {
    gate.held = resolve;
  });
  sink.tell.hold();
  await isHeld;
  const counters = () => system.cellOf(sink)?.counters;
  const drain = async (): Promise<void> => {
    gate.open();
    await expect.poll(() => counters()?.mailboxLength, { interval: 1 }).toBe(0);
  };
  const stop = (): Promise<void> => {
    gate.open();
    return system.stop();
  };
  return { system, sink, letters, gate, counters, drain, [Symbol.asyncDispose]: stop };
}

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);

/** The scenario says 1 000 000, which takes five times as long and shows nothing else. */
const sends = 200_000;
const capacity = 1_000;

describe("[A7] a mailbox of 1,000 that is sent 200,000 messages", () => {
  it("hands back what does not fit, in the sender's call, under reject", async () => {
    await using test = await holding({ capacity });
    const refused: number[] = [];
    const { stackTraceLimit } = Error;
    // So many stacks would take most of the test's time.
    Error.stackTraceLimit = 0;
    for (let n = 0; n < sends; n++) {
      try {
        test.sink.tell.take(n);
      } catch (error) {
        refused.push((error as OverloadedError).refused.args[0] as number);
      }
    }
    Error.stackTraceLimit = stackTraceLimit;
    expect(refused).toHaveLength(sends - capacity);
    expect(refused.every((n, i) => n === capacity + i)).toBe(true);
    expect(test.counters()).toMatchObject({ mailboxLength: capacity, dropped: 0, processed: 1 });
    const failure = await test.sink.ask.take(7).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OverloadedError);
    expect(failure).toMatchObject({ code: "overloaded", refused: { method: "take", args: [7] } });
    await test.drain();
    await test.sink.ask.take(-1);
    expect(test.gate.handled).toEqual([...range(capacity), -1]);
    expect(test.counters()).toMatchObject({ mailboxLength: 0, dropped: 0, processed: capacity + 2 });
    expect(test.letters).toEqual([]);
  });

  it("keeps the newest, in order, under dropOldest; the others are dead letters", async () => {
    await using test = await holding({ capacity, overflow: "dropOldest" });
    const first = test.sink.ask.take(-1).catch((error: { code: string }) => error.code);
    for (let n = 0; n < sends; n++) test.sink.tell.take(n);
    expect(await first).toBe("overloaded");
    // The ask is no dead letter: its asker knows.
    expect(test.counters()).toMatchObject({ mailboxLength: capacity, dropped: sends - capacity + 1, processed: 1 });
    expect(test.letters).toHaveLength(sends - capacity);
    expect(test.letters.every(({ reason, args }, i) => reason === "overloaded" && args[0] === i)).toBe(true);
    await test.drain();
    await test.sink.ask.take(-1);
    expect(test.gate.handled).toEqual([...range(capacity, sends - capacity), -1]);
    expect(test.counters()).toMatchObject({ mailboxLength: 0, processed: capacity + 2 });
  });

  it("keeps the oldest, in order, under dropNewest; the others are dead letters", async () => {
    await using test = await holding({ capacity, overflow: "dropNewest" });
    for (let n = 0; n < sends; n++) test.sink.tell.take(n);
    await expect(test.sink.ask.take(7)).rejects.toMatchObject({ code: "overloaded" });
    expect(test.counters()).toMatchObject({ mailboxLength: capacity, dropped: sends - capacity + 1, processed: 1 });
    expect(test.letters).toHaveLength(sends - capacity);
    expect(test.letters.every(({ reason, args }, i) => reason === "overloaded" && args[0] === capacity + i)).toBe(true);
    await test.drain();
    await test.sink.ask.take(-1);
    expect(test.gate.handled).toEqual([...range(capacity), -1]);
    expect(test.counters()).toMatchObject({ mailboxLength: 0, processed: capacity + 2 });
  });
});

describe("a full mailbox", () => {
  it("drops the oldest of the lowest priority first", async () => {
    await using test = await holding({ capacity: 4, overflow: "dropOldest" });
    const send = (n: number, priority: Priority) => test.sink.with({ priority }).tell.take(n);
    send(1, "high");
    send(2, "low");
    send(3, "normal");
    send(4, "low");
    for (const n of [5, 6, 7, 8]) send(n, "high");
    expect(test.letters.map(({ args }) => args[0])).toEqual([2, 4, 3, 1]);
    await test.drain();
    expect(test.gate.handled).toEqual([5, 6, 7, 8]);
  });

  it("never drops what a timer calls, which would never call again", async () => {
    await using test = await holding({ capacity: 2, overflow: "dropOldest" }, (sink) => sink.ask.startTimer());
    await expect.poll(() => test.counters()?.mailboxLength, { interval: 1 }).toBe(1);
    for (let n = 0; n < 100; n++) test.sink.tell.take(n);
    expect(test.letters.map(({ args }) => args[0])).toEqual(range(98));
    expect(test.counters()?.mailboxLength).toBe(3);
    test.gate.open();
    await expect.poll(() => test.gate.handled.filter((n) => n === -1).length).toBeGreaterThan(2);
    expect(test.gate.handled.filter((n) => n >= 0)).toEqual([98, 99]);
    // It was its turn: it had waited before they came.
    expect(test.gate.handled[0]).toBe(-1);
  });

  it("[V5] takes as many as its capacity says, and not one more", async () => {
    await using test = await holding({ capacity: 3 });
    for (const n of range(3)) test.sink.tell.take(n);
    expect(() => test.sink.tell.take(3)).toThrow(OverloadedError);
    expect(test.counters()?.mailboxLength).toBe(3);
    await test.drain();
    expect(test.gate.handled).toEqual(range(3));
  });

  it("[V5] lets a sender go on at once while there is room for one, and holds it up when there is none", async () => {
    await using test = await holding({ capacity: 3 });
    for (const n of range(2)) test.sink.tell.take(n);
    await test.sink.ready();
    test.sink.tell.take(2);
    let isReady = false;
    const ready = test.sink.ready().then(() => {
      isReady = true;
    });
    for (let turns = 0; turns < 3; turns++) await new Promise<void>((resolve) => runtime.nextTurn(resolve));
    expect(isReady).toBe(false);
    test.gate.open();
    await ready;
    expect(test.counters()?.mailboxLength).toBeLessThan(3);
  });

  it("[X19] keeps nothing of a sender that does not wait, because its signal was aborted before", async () => {
    await using test = await holding({ capacity: 1 });
    test.sink.tell.take(0);
    const refused = async (): Promise<WeakRef<Error>> => {
      const reason = new Error("aborted before");
      const caught = await test.sink
        .with({ signal: AbortSignal.abort(reason) })
        .ready()
        .catch((error: unknown) => error);
      if (caught !== reason) throw new Error("it waited");
      return new WeakRef(reason);
    };
    const reason = await refused();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await expect
      .poll(() => {
        collect();
        return reason.deref() === undefined;
      })
      .toBe(true);
  });

  it("[V5] holds senders up when a turn that ends has left it full", async () => {
    // Its handler asks for as many messages as it takes: it is never idle, and full when its turn is over.
    await using test = await holding({ capacity: 1 }, (sink) => sink.ask.take(0));
    test.sink.with({ priority: "low" }).tell.take(1);
    const woken: number[] = [];
    const ready = test.sink.ready().then(() => woken.push(test.counters()?.mailboxLength ?? -1));
    const cell = test.system.cellOf(test.sink);
    // A call of the actor's own ends a turn while the message of low priority still waits.
    cell?.post("own", () => new Promise<void>((resolve) => runtime.setTimer(5, resolve)));
    test.gate.open();
    await ready;
    expect(woken).toEqual([0]);
    expect(test.gate.handled).toEqual([0, 1]);
  });

  it.each([
    { capacity: 0 },
    { capacity: 1.5 },
    { capacity: Number.POSITIVE_INFINITY },
    { overflow: "block" as "reject" },
  ])("is refused as %o", async (mailbox) => {
    await using system = new ActorSystem({ runtime });
    expect(() => system.spawn(Sink, { args: [new Gate()], mailbox })).toThrow(
      expect.objectContaining({ code: "invalidOption" }),
    );
    class Wrong extends Actor {
      static readonly mailbox = mailbox;
    }
    expect(() => system.spawn(Wrong)).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect(system.size).toBe(0);
  });
});

describe("priorities", () => {
  it("[A7] go high before normal before low, each in order; reentrant messages are normal", async () => {
    await using test = await holding({});
    const send = (n: number, priority: Priority) => test.sink.with({ priority }).tell.take(n);
    send(30, "low");
    send(20, "normal");
    send(10, "high");
    send(31, "low");
    send(21, "normal");
    send(11, "high");
    await test.drain();
    expect(test.gate.handled).toEqual([10, 11, 20, 21, 30, 31]);
  });

  it("a flood of high ones keeps low ones waiting, and other actors running", async () => {
    let left = 200_000;
    class Flooded extends Actor {
      high(): void {
        if (left-- > 0) this.self<Flooded>().with({ priority: "high" }).tell.high();
      }
      low(): number {
        return left;
      }
    }
    await using system = new ActorSystem({ runtime });
    const flooded = system.spawn(Flooded);
    const other = system.spawn(Sink, { args: [new Gate()] });
    flooded.with({ priority: "high" }).tell.high();
    const low = flooded.with({ priority: "low" }).ask.low();
    expect(await other.ask.take(1)).toBe(1);
    expect(left).toBeGreaterThan(0);
    expect(await low).toBe(-1);
  });

  it("are checked", async () => {
    await using test = await holding({});
    expect(() => test.sink.with({ priority: "urgent" as Priority })).toThrow(
      expect.objectContaining({ code: "invalidOption" }),
    );
  });
});

describe("a mailbox's counters", () => {
  it("say how long messages wait: nothing when they do not, more when they do", async () => {
    await using test = await holding({});
    for (let n = 0; n < 1_000; n++) test.sink.tell.take(n);
    await new Promise<void>((resolve) => runtime.setTimer(50, resolve));
    expect(test.counters()?.mailboxTimeMs).toBe(0);
    await test.drain();
    await test.sink.ask.take(0);
    expect(test.counters()?.mailboxTimeMs).toBeGreaterThan(20);
    expect(test.counters()).toMatchObject({ processed: 1_002, mailboxLength: 0 });
  });

  it("do not count a message whose asker took it back", async () => {
    await using test = await holding({});
    const controller = new AbortController();
    const ask = test.sink.with({ signal: controller.signal }).ask.take(1);
    controller.abort("enough");
    await expect(ask).rejects.toBe("enough");
    await test.drain();
    expect(test.counters()).toMatchObject({ processed: 1, mailboxLength: 0 });
    expect(test.gate.handled).toEqual([]);
  });
});

describe("a mailbox of all priorities", () => {
  const method = { name: "take", isReentrant: false } as Method;
  const reentrant = { name: "reenter", isReentrant: true } as Method;
  const envelope = (of: Method): Envelope => ({ method: of, args: [], replyTo: undefined });

  it("knows what was taken last, also once no messages are left beside those of normal priority", () => {
    const mailbox = new Mailbox({ capacity: 100, capacityBytes: 1_000, overflow: "reject" }, { now: () => 0 });
    const [urgent, usual] = [envelope(method), envelope(method)];
    mailbox.push(usual, undefined);
    mailbox.push(urgent, "high");
    expect([mailbox.shift(), mailbox.taken]).toEqual([urgent, urgent]);
    expect(mailbox.shift()).toBe(usual);
    expect(mailbox.taken).toBe(usual);
    mailbox.release();
    expect(mailbox.taken).toBe(undefined);
  });

  it.each([1, 2, 3, 4, 5])("gives out each once and in order, against lists (seed %i)", (seed) => {
    const mailbox = new Mailbox({ capacity: 1e6, capacityBytes: 1e6, overflow: "reject" }, { now: () => 0 });
    const returned: Envelope[] = [];
    const high: Envelope[] = [];
    const usual: { readonly envelope: Envelope; readonly isOwn: boolean }[] = [];
    const low: Envelope[] = [];
    const nextUsual = (fits: (each: { envelope: Envelope; isOwn: boolean }) => boolean): Envelope | undefined => {
      const index = usual.findIndex(fits);
      return index < 0 ? undefined : usual.splice(index, 1)[0]?.envelope;
    };
    let state = seed;
    const random = (below: number): number => ((state = (state * 48_271) % 2_147_483_647) >>> 4) % below;
    const steps: (() => unknown)[] = [
      () => {
        const each = envelope(method);
        const priority = (["high", "low"] as const)[random(2)];
        (priority === "high" ? high : low).push(each);
        mailbox.push(each, priority);
      },
      () => {
        const each = { envelope: envelope(random(4) === 0 ? reentrant : method), isOwn: false };
        usual.push(each);
        mailbox.push(each.envelope, undefined);
      },
      () => {
        const each = { envelope: envelope(method), isOwn: true };
        usual.push(each);
        mailbox.pushOwn(each.envelope);
      },
      () => {
        const each = envelope(method);
        returned.unshift(each);
        mailbox.putBack(each);
      },
      () => {
        const each = returned.splice(random(returned.length + 1), 1)[0];
        if (each !== undefined) mailbox.withdraw(each);
      },
      () => expect(mailbox.shiftReentrant()).toBe(nextUsual((each) => each.envelope.method.isReentrant)),
      () => {
        const dropped = low.shift() ?? nextUsual(({ isOwn }) => !isOwn) ?? high.shift() ?? returned.shift();
        expect(mailbox.dropOldest()).toBe(dropped);
      },
    ];
    for (let step = 0; step < 4_000; step++) {
      // Mostly it becomes emptier, so that it is empty often.
      if (random(3) > 0) {
        const due = returned.shift() ?? high.shift() ?? usual.shift()?.envelope ?? low.shift();
        if (mailbox.shift() !== due) expect.fail(`another message at step ${step}`);
        if (due !== undefined) expect(mailbox.taken).toBe(due);
        if (random(2) === 0) mailbox.release();
      } else steps[random(steps.length)]?.();
      expect(mailbox.length).toBe(returned.length + high.length + usual.length + low.length);
    }
  });
});

describe("a ring", () => {
  it("is a queue that also takes items at its front, against an array", () => {
    const ring = new Ring<number>();
    const model: number[] = [];
    let random = 7;
    for (let step = 0; step < 20_000; step++) {
      random = (random * 48_271) % 2_147_483_647;
      // It grows and shrinks in waves.
      const isGrowing = Math.floor(step / 500) % 2 === 0;
      if (random % 10 < (isGrowing ? 7 : 3)) {
        const isFirst = random % 7 === 0;
        if (isFirst) ring.unshift(step);
        else ring.push(step);
        if (isFirst) model.unshift(step);
        else model.push(step);
      } else if (ring.shift() !== model.shift()) expect.fail(`another item at step ${step}`);
      if (ring.length !== model.length || ring.peek() !== model[0]) expect.fail(`another queue after step ${step}`);
    }
  });
});
