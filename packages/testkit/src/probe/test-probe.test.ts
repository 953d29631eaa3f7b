import { AssertionError } from "node:assert";
import { Actor, type ActorRef, ActorSystem } from "@foundation/actor";
import { describe, expect, it } from "vitest";
import { createTestSystem, TestProbe, World } from "../index.ts";

interface Payments extends Actor {
  charge(cents: number, card?: { number: string }): { accepted: boolean };
  refund(cents: number): void;
}

class Checkout extends Actor {
  readonly #payments: ActorRef<Payments>;
  constructor(payments: ActorRef<Payments>) {
    super();
    this.#payments = payments;
  }
  async buy(cents: number): Promise<string> {
    const { accepted } = await this.#payments.ask.charge(cents);
    return accepted ? "sold" : "declined";
  }
  cancel(cents: number): void {
    this.#payments.tell.refund(cents);
    this.context.system.runtime.setTimer(10_000, () => this.#payments.send({ type: "cancelled", cents }));
  }
  crash(): never {
    throw new Error("out of paper");
  }
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("the expectation should have failed");
  return error;
}

describe("a probe", () => {
  it("records calls of any method and plain messages in order, and gives them back typed", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    probe.ref.tell.charge(5, { number: "42" });
    probe.ref.send({ type: "reset" });
    probe.ref.tell.refund(5);
    const { args } = await test.time.settle(probe.expectMessage({ method: "charge" }));
    expect(args[0].toFixed(1)).toBe("5.0");
    expect(args[1]?.number).toBe("42");
    const plain = await test.time.settle(probe.expectMessage({ message: { type: "reset" } }));
    expect(plain.message).toEqual({ type: "reset" });
    await test.time.settle(probe.expectMessage((message) => message.kind === "call" && message.args[0] === 5));
    await test.time.settle(probe.expectNoMessage({ duringMs: 60_000 }));
  });

  it("answers asks as scripted, also with errors and later, and lives on", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    probe.answer("charge", (cents) => {
      if (cents === 13) throw new RangeError("unlucky");
      return { accepted: cents < 1_000 };
    });
    const checkout = test.system.spawn(Checkout, { args: [probe.ref] });
    expect(await test.time.settle(checkout.ask.buy(950))).toBe("sold");
    expect(await test.time.settle(checkout.ask.buy(1_000))).toBe("declined");
    await expect(test.time.settle(probe.ref.ask.charge(13))).rejects.toThrow("unlucky");
    probe.answer("charge", async () => ({ accepted: false }));
    expect(await test.time.settle(probe.ref.ask.charge(1))).toEqual({ accepted: false });
    probe.answer("charge", () => Promise.reject(new Error("later")));
    await expect(test.time.settle(probe.ref.ask.charge(1))).rejects.toThrow("later");
    expect(await test.time.settle(probe.expectMessages(5))).toHaveLength(5);
  });

  it("fails an ask that nobody scripted at once, and says how to script it", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    await expect(test.time.settle(probe.ref.ask.charge(1))).rejects.toThrow(
      /has no answer to charge; script one with answer\("charge"/,
    );
    expect(test.time.now).toBe(0);
  });

  it("waits in virtual time for what is to come", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    test.system.spawn(Checkout, { args: [probe.ref] }).tell.cancel(7);
    await test.time.settle(probe.expectMessage({ method: "refund", args: [7] }));
    await test.time.settle(probe.expectNoMessage({ duringMs: 9_999 }));
    await test.time.settle(probe.expectMessage({ message: { type: "cancelled", cents: 7 } }));
    expect(test.time.now).toBeGreaterThanOrEqual(10_000);
    expect(test.time.now).toBeLessThan(10_010);
  });

  it("fails at once when the next message is another one, with both, and where the test expected it", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    probe.ref.tell.refund(1);
    probe.ref.tell.refund(2);
    await test.time.settle(probe.expectMessage({ method: "refund", args: [1] }));
    const error = await failureOf(test.time.settle(probe.expectMessage({ method: "charge", args: [950] })));
    expect(error).toBeInstanceOf(AssertionError);
    expect(error.message).toBe(
      [
        "probe test/1 expected charge(950), but the next message is refund(2)",
        "  received and not yet expected:",
        "    at 0.0 ms refund(2)",
        "  expected before:",
        "    at 0.0 ms refund(1)",
      ].join("\n"),
    );
    expect(error).toMatchObject({ expected: { method: "charge" }, actual: { method: "refund", args: [2] } });
    expect(error.stack).toContain("test-probe.test.ts");
    expect(test.time.now).toBe(0);
  });

  it("fails when time is up, and shows what came before", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    const late = probe.expectMessage({ method: "charge" }, { timeoutMs: 250 });
    const error = await failureOf(test.time.settle(late));
    expect(error.message).toBe(
      "probe test/1 expected charge(...), but no message came within 250 ms\n  nothing else has arrived",
    );
    expect(error.stack).toContain("test-probe.test.ts");
    probe.ref.tell.refund(1);
    const few = await failureOf(test.time.settle(probe.expectMessages(2)));
    expect(few.message).toContain("expected 2 messages, but 1 came within 3000 ms");
    expect(few.message).toContain("refund(1)");
    expect(await test.time.settle(probe.expectMessages(1))).toHaveLength(1);
  });

  it("keeps reports short, however much has arrived", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    for (let i = 0; i < 5_000; i++) probe.ref.send({ text: "x".repeat(10_000), i });
    await test.time.advance(0);
    const error = await failureOf(test.time.settle(probe.expectNoMessage()));
    expect(error.message).toContain("and 4990 more");
    expect(error.message.length).toBeLessThan(5_000);
  });

  it("holds no more than it was given room for, and says that it dropped messages", async () => {
    await using test = createTestSystem();
    const probe = test.probe({ queueMax: 3 });
    for (let i = 0; i < 5; i++) probe.ref.send(i);
    await test.time.advance(0);
    expect(probe.pending).toHaveLength(3);
    const error = await failureOf(test.time.settle(probe.expectMessage()));
    expect(error.message).toContain("has dropped 2 messages");
    probe.ignore(() => true);
    await failureOf(test.time.settle(probe.expectNoMessage()));
  });

  it("ignores what it is told to, also what has arrived before", async () => {
    await using test = createTestSystem();
    const probe = test.probe<Payments>();
    probe.ref.tell.refund(1);
    await test.time.advance(0);
    probe.ignore({ method: "refund" }).ignore({ message: "heartbeat" });
    probe.ref.tell.refund(2);
    probe.ref.send("heartbeat");
    probe.ref.tell.charge(3);
    await test.time.settle(probe.expectMessage({ method: "charge", args: [3] }));
    await test.time.settle(probe.expectNoMessage());
  });

  it("compares refs by whom they reach and lets matchers of the test runner decide", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    const other = test.probe();
    probe.ref.send({ from: other.ref, at: new Date(0), n: 3 });
    const from = other.ref.with({ timeoutMs: 1 });
    await test.time.settle(probe.expectMessage({ message: { from, at: new Date(0), n: expect.any(Number) } }));
    probe.ref.send({ from: other.ref });
    await expect(test.time.settle(probe.expectMessage({ message: { from: probe.ref } }))).rejects.toThrow("expected");
    await test.time.settle(probe.expectMessage({ message: expect.objectContaining({ from: other.ref }) }));
  });

  it.each<[string, unknown, unknown]>([
    ["an object with more keys", { a: 1 }, { a: 1, b: 2 }],
    ["an object with fewer keys", { a: 1, b: undefined }, { a: 1 }],
    ["a longer array", [1], [1, 2]],
    ["-0 and 0", { n: 0 }, { n: -0 }],
    ["a Map of other entries", new Map([[1, 2]]), new Map([[1, 3]])],
    ["an array and an object", [], {}],
    ["null", {}, null],
  ])("tells %s apart", async (_name, expected, sent) => {
    await using test = createTestSystem();
    const probe = test.probe();
    probe.ref.send(sent);
    await failureOf(test.time.settle(probe.expectMessage({ message: expected })));
    await test.time.settle(probe.expectMessage({ message: sent }));
  });

  it("gives expectations what they wait for in the order in which they were made", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    const both = Promise.all([probe.expectMessages(2), probe.expectMessage(), probe.expectNoMessage({ duringMs: 5 })]);
    for (const each of [1, 2, 3]) probe.ref.send(each);
    const [first, second] = await test.time.settle(both);
    expect(first.map((each) => each.kind === "message" && each.message)).toEqual([1, 2]);
    expect(second).toEqual({ kind: "message", message: 3 });
  });
});

describe("a probe that watches", () => {
  it("sees why an actor ends", async () => {
    await using test = createTestSystem({ logLevel: "silent" });
    const probe = test.probe();
    const [stopped, crashed, lasting] = [1, 2, 3].map(() =>
      test.system.spawn(Checkout, { args: [test.probe<Payments>().ref] }),
    ) as [ActorRef<Checkout>, ActorRef<Checkout>, ActorRef<Checkout>];
    probe.watch(stopped).watch(crashed);
    crashed.tell.crash();
    await test.time.settle(test.system.stopActor(stopped, "shutdown"));
    expect(await test.time.settle(probe.expectDown(crashed, new Error("out of paper")))).toBeInstanceOf(Error);
    expect(await test.time.settle(probe.expectDown(stopped, "shutdown"))).toBe("shutdown");
    const wrong = await failureOf(test.time.settle(probe.expectDown(stopped, "normal")));
    expect(wrong.message).toContain("to end with 'normal', but it ended with 'shutdown'");
    const never = await failureOf(test.time.settle(probe.expectDown(lasting, undefined, { timeoutMs: 50 })));
    expect(never.message).toMatch(/expected ActorRef\(test\/\d+\) to end within 50 ms, but it has not ended/);
  });

  it("says that it was asked too late when the reason is gone", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    const target = test.probe();
    target.stop("shutdown");
    await test.time.advance(0);
    const error = await failureOf(test.time.settle(probe.expectDown(target.ref, "shutdown")));
    expect(error.message).toContain("watch(ref) before it can end");
    expect(await test.time.settle(probe.expectDown(target.ref))).toBe("noproc");
  });

  it("can end itself, as what it stands for might, and then expects nothing more", async () => {
    await using test = createTestSystem({ logLevel: "silent" });
    const [probe, mortal] = [test.probe(), test.probe()];
    probe.watch(mortal.ref);
    const waiting = mortal.expectMessage();
    const blind = mortal.expectDown(probe.ref);
    const blindly = failureOf(blind);
    mortal.stop(new Error("the database is gone"));
    expect((await failureOf(test.time.settle(waiting))).message).toContain(
      "expected any message, but the probe has ended: Error: the database is gone",
    );
    expect((await test.time.settle(blindly)).message).toContain("has ended itself and cannot see it");
    await test.time.settle(probe.expectDown(mortal.ref, (reason) => reason instanceof Error));
    const before = test.time.now;
    await failureOf(test.time.settle(mortal.expectMessage()));
    await failureOf(test.time.settle(mortal.expectMessages(1)));
    await failureOf(test.time.settle(mortal.expectNoMessage()));
    expect(test.time.now).toBe(before);
    expect(() => mortal.watch(test.probe().ref)).toThrow("has ended and cannot watch");
  });
});

describe("a probe at home", () => {
  it("in a system on real time waits for what comes and fails after its timeout", async () => {
    await using system = new ActorSystem();
    const probe = new TestProbe<Payments>(system);
    setImmediate(() => probe.ref.tell.charge(1));
    await probe.expectMessage({ method: "charge", args: [1] });
    await probe.expectNoMessage({ duringMs: 5 });
    await expect(probe.expectMessage(undefined, { timeoutMs: 5 })).rejects.toThrow("no message came within 5 ms");
  });

  it("in a world is found by name from another node, receives, answers and watches across", async () => {
    const world = new World({ seed: 3 });
    const [a, b] = await world.startAll("a", "b");
    const probe = new TestProbe<Payments>(a.node, { name: "payments" });
    probe.answer("charge", () => ({ accepted: true }));
    await world.until(() => b.node.registry.lookup("payments") !== undefined);
    const checkout = b.node.spawn(Checkout, { args: [b.node.actor<Payments>("payments")], name: "checkout" });
    expect(await world.settle(checkout.ask.buy(5))).toBe("sold");
    await world.settle(probe.expectMessage({ method: "charge", args: [5] }));
    await world.until(() => a.node.registry.lookup("checkout") !== undefined);
    const remote = a.node.registry.lookup("checkout") as ActorRef;
    probe.watch(remote);
    await world.advance(100);
    world.kill("b");
    await world.settle(probe.expectDown(remote, "noconnection"));
    await world.settle(probe.expectNoMessage({ duringMs: 5_000 }));
  });

  it("needs a node for a name, and a free one", async () => {
    const world = new World({ seed: 1 });
    const { node } = await world.start("a");
    const probe = new TestProbe(node, { name: "taken" });
    expect(() => new TestProbe(node, { name: "taken" })).toThrow(
      expect.objectContaining({ code: "alreadyRegistered", owner: probe.ref }),
    );
    expect(() => new TestProbe(node.system, { name: "x" })).toThrow("names belong to a cluster");
  });
});
