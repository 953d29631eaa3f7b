// What supervisors say to each other, message by message: one real node, and members that the test speaks for.
import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { SupervisionMessage } from "../../packages/supervision/src/supervision-message.ts";
import { ScriptedMember } from "./scripted-member.ts";
import { header, specOf } from "./spec-of.ts";

class Thing extends Actor {
  end(): void {
    this.context.stop();
  }
}

let world: World;
let n: SimulatedNode;
beforeEach(async () => {
  world = new World({ seed: 11 });
  n = await world.start("n", { actors: [Thing] });
});

/** Asks `n` for a singleton; what comes of it is looked at elsewhere. */
function want(name: string, actorClass: new () => Actor = Thing, options = {}): void {
  void n.node.singleton(name, actorClass, options).catch(() => {});
}

const isOwned = (name: string): boolean => n.node.registry.owner(name) !== undefined;

describe("an answer to who wants to start a name", () => {
  it("[V11] objects when another member was allowed to start it", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    p.ask("n", 1, "x", "y");
    await world.until(() => p.answered(1) !== undefined);
    expect(p.answered(1)?.objections).toEqual([]);
    q.ask("n", 2, "z", "y", "x");
    await world.until(() => q.answered(2) !== undefined);
    expect(q.answered(2)?.objections).toEqual([
      { at: 1, why: "claimed", by: "p" },
      { at: 2, why: "claimed", by: "p" },
    ]);
  });

  it("[V11] no longer objects when that one has given up, is gone, or has said nothing for 2 000 ms", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    p.ask("n", 1, "given up", "gone", "silent");
    p.say("n", { ended: [["given up"]] });
    await world.advance(10);
    q.ask("n", 2, "given up", "silent");
    await world.until(() => q.answered(2) !== undefined);
    expect(q.answered(2)?.objections.map(({ at }) => at)).toEqual([1]);
    await world.advance(2_000);
    q.ask("n", 3, "silent");
    await world.until(() => q.answered(3) !== undefined);
    expect(q.answered(3)?.objections).toEqual([]);
    p.say("n", { starting: [["gone", 1]] });
    await world.advance(2_000);
    q.ask("n", 4, "gone");
    await world.until(() => q.answered(4) !== undefined);
    expect(q.answered(4)?.objections).toEqual([{ at: 0, why: "claimed", by: "p" }]);
    await world.settle(p.cluster.stop());
    q.ask("n", 5, "gone");
    await world.until(() => q.answered(5) !== undefined);
    expect(q.answered(5)?.objections).toEqual([]);
  });

  it("comes with the newer version or epoch of what the asker knows less of, and with nothing else", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    want("x");
    await world.until(() => isOwned("x"));
    const answerTo = async (token: number, revision: number, epoch: number): Promise<SupervisionMessage["headers"]> => {
      p.heard.length = 0;
      p.say("n", { confirm: { token, names: [["x", revision, epoch]], doubts: [] } });
      await world.until(() => p.answered(token) !== undefined);
      return p.heard.flatMap(({ message }) => message.headers ?? []);
    };
    expect(await answerTo(1, 1, 1)).toEqual([]);
    expect(await answerTo(2, 1, 0)).toMatchObject([{ name: "x", state: "wanted", revision: 1, epoch: 1 }]);
    expect(await world.settle(n.node.supervisor.remove("x"))).toBe(true);
    await world.advance(10);
    expect(await answerTo(3, 1, 1)).toMatchObject([{ name: "x", state: "removed", revision: 2, epoch: 1 }]);
    expect(p.answered(3)?.objections).toEqual([{ at: 0, why: "outdated" }]);
    expect(await answerTo(4, 2, 1)).toEqual([]);
  });

  it("says that it reaches a doubtful member only while that one answers it", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    const reached = async (token: number): Promise<readonly string[] | undefined> => {
      p.say("n", { confirm: { token, names: [["x", 1, 0]], doubts: [q.name, "stranger"] } });
      await world.until(() => p.answered(token) !== undefined);
      return p.answered(token)?.reached;
    };
    expect(await reached(1)).toEqual(["q"]);
    world.partition(["n"], ["q"]);
    await world.until(() => n.node.membership.member("q")?.status === "suspect");
    // Nothing comes through, and it is not given up yet.
    expect(n.node.transport.link("q")?.isOpen).toBe(true);
    expect(await reached(2)).toEqual([]);
    world.heal();
    await world.until(() => n.node.membership.member("q")?.status === "up");
    expect(await reached(3)).toEqual(["q"]);
  });

  it("of two that ask each other at the same time one goes on: that whose id comes first", async () => {
    const [m, p] = [await ScriptedMember.start(world, "m"), await ScriptedMember.start(world, "p")];
    want("x");
    await world.until(() => m.wasAsked("x") && p.wasAsked("x"));
    p.ask("n", 1, "x");
    await world.until(() => p.answered(1) !== undefined);
    expect(p.answered(1)?.objections).toEqual([{ at: 0, why: "claimed", by: "n" }]);
    m.ask("n", 1, "x");
    await world.until(() => m.answered(1) !== undefined);
    // It is allowed to nobody else: p was refused.
    expect(m.answered(1)?.objections).toEqual([]);
    for (const member of [m, p]) member.agree();
    for (const member of [m, p])
      for (const { token } of member.questions("x"))
        member.say("n", { confirmed: { token, objections: [], reached: [] } });
    await world.advance(20);
    expect(m.starts("x")).toEqual([]);
    expect(m.ends("x")).toBe(1);
  });
});

describe("a round before a start", () => {
  it("[V11] does not start while a member is silent that nobody reaches, and starts when it answers", async () => {
    const p = await ScriptedMember.start(world, "p");
    want("x");
    await world.until(() => p.wasAsked("x"));
    await world.advance(2_500);
    expect(p.starts("x")).toEqual([]);
    p.agree();
    await world.until(() => isOwned("x") && p.starts("x").length > 0, 4_000);
    expect(p.starts("x")).toEqual([1]);
  });

  it("[V11] keeps what this node has promised another one for 2 000 ms, also when a new link to that one is made", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    q.agree();
    p.answer = () => ({ objections: [{ at: 0, why: "claimed", by: "p" }], reached: [] });
    want("x");
    await world.until(() => p.wasAsked("x") && q.wasAsked("x"));
    await world.advance(5);
    // From here on it is silent: it starts "x", and q, which had agreed as well, has begun a new life and remembers nothing.
    p.answer = undefined;
    p.ask("n", 1, "x");
    await world.until(() => p.answered(1) !== undefined);
    expect(p.answered(1)?.objections).toEqual([]);
    world.cut("n", "p");
    await world.advance(1_900);
    expect(n.node.membership.member("p")?.status).toBe("up");
    expect([isOwned("x"), q.starts("x")]).toEqual([false, []]);
    await world.until(() => isOwned("x"), 5_000);
  });

  it("[Y1] starts at once when those that are cut off are reached by a member that answers", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    world.partition(["n"], ["p"]);
    world.cut("n", "p");
    q.agree(["p"]);
    await world.until(() => n.node.membership.member("p")?.status === "suspect");
    const before = world.time.now;
    want("x");
    await world.until(() => isOwned("x"), 500);
    expect(world.time.now - before).toBeLessThan(100);
    expect(q.questions("x")[0]?.doubts).toEqual(["p"]);
    expect(p.wasAsked("x")).toBe(false);
  });

  it("[Y1] goes on without a silent member when those who agree outnumber it", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    q.agree();
    want("x");
    await world.until(() => isOwned("x"), 1_100);
    expect(p.wasAsked("x")).toBe(true);
  });

  it("[V11] asks members that came while it was under way", async () => {
    const p = await ScriptedMember.start(world, "p");
    want("x");
    await world.until(() => p.wasAsked("x"));
    const q = new ScriptedMember(world, "q");
    const starting = q.cluster.start();
    await world.until(() => n.node.membership.member("q")?.status === "up");
    // What q knows has come as well.
    await world.advance(50);
    expect(p.questions("x")).toHaveLength(1);
    p.agree();
    for (const { token } of p.questions("x")) p.say("n", { confirmed: { token, objections: [], reached: [] } });
    await world.until(() => q.wasAsked("x"));
    expect(p.starts("x")).toEqual([]);
    q.agree();
    await world.settle(starting);
    await world.until(() => isOwned("x"), 4_000);
  });

  it("[V11] waits until a member whose link was replaced has said what it knows by now", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    // What it said at first has come.
    await world.advance(50);
    p.greeting = undefined;
    const before = n.node.transport.link("p");
    world.cut("n", "p");
    await world.until(() => {
      const link = n.node.transport.link("p");
      return link !== undefined && link !== before && n.node.membership.member("p")?.status === "up";
    });
    want("x");
    await world.advance(1_000);
    expect([p.wasAsked("x"), isOwned("x")]).toEqual([false, false]);
    p.say("n", { isComplete: true });
    await world.until(() => isOwned("x"), 100);
    expect(p.wasAsked("x")).toBe(true);
  });

  it("[V11] does not wait for a member that is gone", async () => {
    const p = await ScriptedMember.start(world, "p");
    want("x");
    await world.until(() => p.wasAsked("x"));
    const before = world.time.now;
    await world.settle(p.cluster.stop());
    await world.until(() => isOwned("x"));
    expect(world.time.now - before).toBeLessThan(100);
  });

  it("[V11] takes no notice of an owner whose death was noticed here, and waits for one that lives", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    const dead = { by: "q", incarnation: q.cluster.self.incarnation };
    await world.settle(q.cluster.stop());
    const living = { by: "p", incarnation: p.cluster.self.incarnation };
    p.answer = ({ names }) => ({
      objections: names.flatMap(([name], at) => ({ at, why: "owned", ...(name === "of the dead" ? dead : living) })),
      reached: [],
    });
    want("of the dead");
    want("of the living");
    await world.until(() => isOwned("of the dead"), 500);
    await world.advance(1_000);
    expect(isOwned("of the living")).toBe(false);
    expect(p.questions("of the living").length).toBeGreaterThan(1);
    // Each pause is longer than the one before.
    await world.advance(20_000);
    expect(p.questions("of the living").length).toBeLessThan(25);
  });

  it("[V11] tells the epoch before the actor exists", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    p.say("n", { headers: [{ ...header("x"), epoch: 6 }] });
    let toldBefore: number | undefined;
    class Slow extends Actor {
      constructor() {
        super();
        toldBefore = n.node.transport.stats().channels.control?.messagesOut;
      }
      protected override onStart(): Promise<void> {
        return new Promise(() => {});
      }
    }
    await world.advance(10);
    want("y", Slow);
    await world.until(() => p.wasAsked("y"));
    const asked = n.node.transport.stats().channels.control?.messagesOut ?? 0;
    await world.until(() => p.starts("y").length > 0);
    expect(toldBefore).toBeGreaterThan(asked);
    expect(isOwned("y")).toBe(false);
    want("x");
    await world.until(() => p.starts("x").length > 0);
    expect(p.starts("x")).toEqual([7]);
  });

  it("[V11] tells each end once", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    want("x");
    await world.until(() => isOwned("x"));
    n.node.actor<Thing>("x").tell.end();
    await world.until(() => p.ends("x") > 0);
    await world.until(() => isOwned("x"));
    await world.advance(1_000);
    expect(p.ends("x")).toBe(1);
    const removal = n.node.supervisor.remove("x");
    expect(await world.settle(removal)).toBe(true);
    await world.advance(1_000);
    expect(p.ends("x")).toBe(2);
  });

  it("[V11] tells each end once, and counts no failure, when it is removed while it starts", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    class Slow extends Actor {
      protected override onStart(): Promise<void> {
        return new Promise((resolve) => this.context.system.runtime.setTimer(500, resolve));
      }
    }
    want("x", Slow);
    await world.until(() => p.starts("x").length > 0);
    expect(await world.settle(n.node.supervisor.remove("x"))).toBe(true);
    await world.advance(2_000);
    const ended = p.heard.flatMap(({ message }) => message.ended ?? []);
    expect(ended).toEqual([["x", undefined]]);
    expect(n.node.system.size).toBe(0);
  });

  it("[Y1] asks about all names of one turn in one message, and answers with objections only", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    const names = Array.from({ length: 1_200 }, (_, index) => `x-${index}`);
    for (const name of names) want(name);
    await world.until(() => names.every(isOwned));
    const questions = p.heard.flatMap(({ message }) => message.confirm ?? []);
    expect(questions.flatMap((question) => question.names).length).toBe(1_200);
    expect(questions.length).toBeLessThanOrEqual(3);
    expect(p.heard.filter(({ message }) => message.starting !== undefined).length).toBeLessThanOrEqual(3);
    p.ask("n", 1, "free", "x-1");
    await world.until(() => p.answered(1) !== undefined);
    expect(p.answered(1)?.objections).toEqual([{ at: 1, why: "hosted" }]);
    expect(p.heard.at(-1)?.message.classes).toBeUndefined();
  });
});

describe("a node with singletons", () => {
  it("leaves no timer behind when it stops", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    want("x");
    await world.until(() => isOwned("x"));
    p.answer = undefined;
    want("y");
    await world.until(() => p.wasAsked("y"));
    await world.settle(n.node.stop());
    expect(n.runtime.timers).toBe(0);
  });

  it("starts what only it can host as soon as it has joined, also when it knew all about it before", async () => {
    const p = await ScriptedMember.start(world, "p");
    p.greeting = { specs: [specOf("x")] };
    p.agree();
    class Foreign extends Actor {}
    // k dials it as long as a join takes at most.
    world.freeze("n");
    const found = [n.node.transport.address, p.cluster.endpoint.address];
    const discovery = [
      { name: "script", announce: async () => {}, discover: async () => found, withdraw: async () => {} },
    ];
    const { node: k } = await world.start("k", { actors: [Foreign], discovery });
    await world.until(() => k.registry.owner("x")?.nodeId === "k", 1_000);
    expect(p.starts("x")).toEqual([1]);
  });
});

describe("versions of a singleton", () => {
  it("that are older than what is known are answered with the newer one, and never with an older one", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    want("x");
    await world.until(() => isOwned("x"));
    expect(await world.settle(n.node.supervisor.remove("x"))).toBe(true);
    await world.advance(10);
    p.heard.length = 0;
    p.say("n", { headers: [header("x")] });
    await world.until(() => p.heard.length > 0);
    expect(p.heard[0]?.message.headers).toMatchObject([{ name: "x", state: "removed", revision: 2 }]);
    p.heard.length = 0;
    p.say("n", { headers: [{ ...header("x"), revision: 2, stamp: [1, 0] }] });
    await world.advance(100);
    expect(p.heard).toEqual([]);
  });

  it("[Y1] that are new are asked for, of another member when the first is gone, and are known then", async () => {
    const [p, q] = [await ScriptedMember.start(world, "p"), await ScriptedMember.start(world, "q")];
    const told = { ...header("x"), state: "wanted", bytes: 40_000 } as const;
    p.say("n", { headers: [told] });
    await world.until(() => p.wants().includes("x"));
    q.say("n", { headers: [told] });
    await world.advance(50);
    expect(q.wants()).toEqual([]);
    await world.settle(p.cluster.stop());
    await world.until(() => q.wants().includes("x"));
    q.say("n", { specs: [specOf("x")], isGiven: true });
    await world.until(() => n.node.supervisor.singletons().some(({ name }) => name === "x"));
  });

  it("that a newcomer was told of and has asked for are known to it before it says that there is no such name", async () => {
    const p = await ScriptedMember.start(world, "p");
    p.greeting = { headers: [{ ...header("x"), state: "wanted", bytes: 40_000 }] };
    const { node: k } = await world.start("k");
    await world.until(() => p.wants().includes("x"));
    await world.advance(3_000);
    expect(k.registry.isExpected("nobody")).toBe(true);
    expect(world.trace.tail(10_000).join("\n")).toMatch(/k warn started without all .*singletons of p/);
    p.say("k", { specs: [specOf("x")], isGiven: true });
    await world.advance(50);
    expect(k.registry.isExpected("nobody")).toBe(false);
    expect(k.supervisor.singletons().map(({ name }) => name)).toEqual(["x"]);
  });

  it("that a node has never heard of are asked for when it is asked about them", async () => {
    const p = await ScriptedMember.start(world, "p");
    p.ask("n", 1, "x");
    await world.until(() => p.wants().includes("x"));
    expect(p.answered(1)?.objections).toEqual([]);
    p.say("n", { specs: [specOf("x")], isGiven: true });
    await world.until(() => n.node.supervisor.singletons().some(({ name }) => name === "x"));
    p.ask("n", 2, "x");
    await world.until(() => p.answered(2) !== undefined);
    expect(p.wants()).toEqual(["x"]);
  });

  it("[Y1] that are larger than 4 KiB travel only to who wants them", async () => {
    const p = (await ScriptedMember.start(world, "p")).agree();
    class Heavy extends Actor {
      constructor(_text: string) {
        super();
      }
    }
    void n.node.singleton("heavy", Heavy, { args: ["x".repeat(40_000)] }).catch(() => {});
    await world.until(() => isOwned("heavy"));
    await world.advance(10);
    const bytes = p.heard.flatMap(({ message }) => message.headers ?? []).find(({ name }) => name === "heavy")?.bytes;
    expect(bytes).toBeGreaterThan(40_000);
    expect(p.heard.flatMap(({ message }) => message.specs ?? [])).toEqual([]);
    p.say("n", { want: ["heavy", "unknown"] });
    await world.until(() => p.heard.some(({ message }) => message.isGiven));
    const specs = p.heard.flatMap(({ message }) => message.specs ?? []);
    expect(specs).toMatchObject([{ name: "heavy", className: "Heavy", state: "wanted" }]);
  });
});

describe("what a member that does not answer has said before", () => {
  it("[V11] keeps a start back while it is silent, and not once it is gone", async () => {
    const p = await ScriptedMember.start(world, "p");
    const q = (await ScriptedMember.start(world, "q")).agree();
    const placed = Array.from({ length: 20 }, (_, index) => `name-${index}`);
    p.say("n", { starting: placed.map((name) => [name, 1] as const) });
    await world.advance(10);
    world.partition(["n", "q"], ["p"]);
    world.cut("n", "p");
    await world.until(() => n.node.membership.member("p")?.status === "suspect");
    for (const name of placed) want(name);
    await world.advance(300);
    expect(q.wasAsked("name-0")).toBe(true);
    expect(placed.filter((name) => q.starts(name).length > 0)).toEqual([]);
    await world.waitUntil("p is gone, and all have started", () => placed.every((name) => q.starts(name).length === 1));
    expect(n.node.membership.member("p")).toBeUndefined();
  });
});
