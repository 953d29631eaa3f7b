// Slow: many seeds; test/few-seeds.test.ts has a few.
import { Actor } from "@foundation/runtime";
import {
  CheckTally,
  describeResult,
  type FaultName,
  messagesScenario,
  monitorsScenario,
  registryScenario,
  replayCommand,
  type Scenario,
  type SimulationOptions,
  simulate,
  singletonsScenario,
  World,
} from "@foundation/testkit";
import { describe, expect, it } from "vitest";

const whole: readonly FaultName[] = ["crash", "restart", "setBack", "powerLoss", "stall", "cut", "reset", "clock"];
const harmless: readonly FaultName[] = ["stall", "cut", "reset", "clock", "discovery", "stranger"];

async function expectAllHold(
  scenario: Scenario,
  [from, to]: readonly [number, number],
  options: Omit<SimulationOptions, "seed"> = {},
): Promise<CheckTally> {
  const tally = new CheckTally(scenario);
  for (let seed = from; seed <= to; seed++) {
    const result = await simulate(scenario, { ...options, seed });
    expect(result.violations, `${describeResult(result)}\n${replayCommand(result)}`).toEqual([]);
    tally.add(result);
  }
  expect(tally.idle, "checks that never compared anything").toEqual([]);
  return tally;
}

describe("in a simulated world, healed after random faults", () => {
  it("[H10] [V1] singletons live once, are agreed on and leak nothing, and every check looks in most runs", async () => {
    const tally = await expectAllHold(singletonsScenario, [1, 60]);
    for (const { check, runs } of tally.counts) expect(runs, check).toBeGreaterThan(30);
  }, 120_000);

  it(
    "[H2] singletons never live twice, and get a higher epoch at every start, while the network is not split",
    () => expectAllHold(singletonsScenario, [1_000, 1_040], { kinds: whole }),
    120_000,
  );

  it(
    "[M4] nobody is declared dead for a stall, a broken connection, a wrong clock or a stranger",
    () => expectAllHold(singletonsScenario, [2_000, 2_020], { kinds: harmless }),
    120_000,
  );

  it(
    "[R7] [R8] [R13] names that were taken and not lost have one holder, whom all agree on and reach",
    () => expectAllHold(registryScenario, [1, 40]),
    120_000,
  );

  it("[M7] two lives of a node that were told of the same earlier one take different incarnations", async () => {
    const kinds = ["powerLoss", "pause", "heal", "reset", "sever", "path", "clock", "discovery", "stranger"] as const;
    const result = await simulate(registryScenario, { seed: 567, nodes: 9, kinds });
    expect(result.violations, describeResult(result)).toEqual([]);
  }, 60_000);

  it("[A5] monitors fire once, with a true reason", () => expectAllHold(monitorsScenario, [1, 40]), 120_000);

  it(
    "[T7] messages arrive in order and at most once, every ask ends once, and every channel works",
    () => expectAllHold(messagesScenario, [1, 40]),
    120_000,
  );
});

class Quiet extends Actor {
  ping(): string {
    return this.context.system.name;
  }
}

describe("the cluster in a simulated world", () => {
  it("declares nobody dead in ten minutes on a network with 2 % loss and delays of 25 to 175 ms", async () => {
    const world = new World({ seed: 5 });
    const nodes = await world.startAll("a", "b", "c", "d", "e");
    const deaths: string[] = [];
    for (const { name, node } of nodes)
      node.membership.events.on("memberDown", (member) => deaths.push(`${name}: ${member.nodeId}`));
    world.path({ delayMs: 25, jitterMs: 150, loss: 0.02 });
    await world.advance(600_000);
    expect(deaths).toEqual([]);
  });

  it("[M6] wall clocks that jump by an hour change nothing, and names stay agreed on", async () => {
    const world = new World({ seed: 6 });
    const nodes = await world.startAll("a", "b", "c");
    const deaths: string[] = [];
    for (const { node } of nodes) node.membership.events.on("memberDown", (member) => deaths.push(member.nodeId));
    for (const [index, { name, node }] of nodes.entries()) {
      world.jumpClock(name, (index - 1) * 3_600_000);
      node.spawn(Quiet, { name: `name-${index}` });
      await world.advance(5_000);
    }
    expect(deaths).toEqual([]);
    for (const { node } of nodes) expect(node.registry.size).toBe(3);
  });

  it("[M11] grows from 4 to 20 in one step", async () => {
    const world = new World({ seed: 11 });
    await world.startAll("n0", "n1", "n2", "n3");
    for (let index = 4; index < 20; index++) await world.start(`n${index}`);
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 20), 10_000);
  });

  it("[M7] a node whose clock was set back while it was down joins again, and starts no second copies", async () => {
    const world = new World({ seed: 7 });
    const nodes = await world.startAll("a", "b", "c");
    const names = Array.from({ length: 12 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(nodes.flatMap(({ node }) => names.map((name) => node.singleton(name, Quiet)))));
    const before = world.get("a").node.membership.self.incarnation;
    world.kill("a");
    world.jumpClock("a", -3_600_000);
    await world.until(() => world.nodes.every(({ node }) => node.registry.size === names.length));
    const a = await world.start("a", { actors: [Quiet] });
    await world.until(() => a.node.members().length === 3, 3_000);
    expect(a.node.membership.self.incarnation).toBeGreaterThan(before);
    a.node.spawn(Quiet, { name: "of the new life" });
    await world.advance(5_000);
    for (const { node } of world.nodes) {
      expect(node.members()).toHaveLength(3);
      expect(node.registry.owner("of the new life")).toMatchObject({
        nodeId: "a",
        incarnation: a.node.membership.self.incarnation,
      });
    }
    expect(a.node.system.size).toBe(1);
    const b = world.get("b").node;
    expect(await world.settle(b.actor<Quiet>("of the new life").ask.ping())).toBe("a");
  });

  it("names that a node held before it learned of its later life are reached under the new incarnation", async () => {
    const world = new World({ seed: 8 });
    await world.startAll("a", "b");
    const before = world.get("a").node.membership.self.incarnation;
    world.powerLoss("a");
    await world.advance(10_000);
    world.jumpClock("a", -3_600_000);
    world.partition(["a"], ["b"]);
    const a = await world.start("a");
    const ref = a.node.spawn(Quiet, { name: "held alone" });
    expect(a.node.registry.lookup("held alone")?.equals(ref)).toBe(true);
    world.heal();
    const b = world.get("b").node;
    await world.until(() => b.registry.owner("held alone") !== undefined);
    const { incarnation } = a.node.membership.self;
    expect(incarnation).toBeGreaterThan(before);
    expect(b.registry.owner("held alone")?.incarnation).toBe(incarnation);
    expect(a.node.registry.owner("held alone")?.incarnation).toBe(incarnation);
    expect(a.node.registry.lookup("held alone")?.equals(ref)).toBe(true);
    expect(await world.settle(b.actor<Quiet>("held alone").ask.ping())).toBe("a");
  });

  it("[M7] two lives that were told of the same earlier one are told apart", async () => {
    const world = new World({ seed: 14 });
    await world.startAll("a", "b", "c");
    world.kill("a");
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 2));
    world.jumpClock("a", -3_600_000);
    world.partition(["a"], ["b"]);
    const second = await world.start("a");
    second.node.spawn(Quiet, { name: "of the second life" });
    const c = world.get("c").node;
    await world.until(() => c.registry.size === 1);
    const { incarnation } = second.node.membership.self;
    // b, which has never heard of the second life, is the first to talk to the third one.
    world.heal();
    world.powerLoss("a");
    world.partition(["a"], ["c"]);
    const third = await world.start("a");
    expect(third.node.membership.member("b")).toBeDefined();
    expect(third.node.membership.self.incarnation).not.toBe(incarnation);
    world.heal();
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3));
    await world.advance(5_000);
    expect(c.registry.size).toBe(0);
  });

  it("[T5] a link that a router has forgotten is replaced, though others still hear the peer", async () => {
    const world = new World({ seed: 9 });
    const [a] = await world.startAll("a", "b", "c");
    world.get("b").node.spawn(Quiet, { name: "over there" });
    await world.until(() => a?.node.registry.owner("over there") !== undefined);
    world.sever("a", "b");
    await world.until(() => a?.node.membership.member("b")?.status === "suspect");
    await world.until(() => a?.node.membership.member("b")?.status === "up", 10_000);
    expect(world.deaths).toEqual([]);
    expect(await world.settle(a?.node.actor<Quiet>("over there").ask.ping() as Promise<string>)).toBe("b");
  });

  it("[T5] a host that lost its power is declared dead though it never said so, and comes back", async () => {
    const world = new World({ seed: 10 });
    const [a] = await world.startAll("a", "b", "c");
    world.powerLoss("b");
    await world.until(() => a?.node.members().length === 2, 4_000);
    await world.start("b");
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3), 10_000);
  });

  it("[H2] a newcomer that does not reach the node that is starting a singleton does not start another one", async () => {
    const world = new World({ seed: 12 });
    const starts: string[] = [];
    const Slow = class Slow extends Actor {
      protected override async onStart(): Promise<void> {
        starts.push(this.context.system.name);
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(3_000, resolve));
      }
    };
    await world.startAll("a", "b", "c");
    for (const { node } of world.nodes) void node.singleton("slow", Slow).catch(() => {});
    await world.until(() => starts.length === 1);
    const others = ["a", "b", "c"].filter((name) => name !== starts[0]);
    world.partition([starts[0] as string], ["d"]);
    const d = await world.start("d", { actors: [Slow] });
    expect(d.node.members().map(({ nodeId }) => nodeId)).toEqual([...others, "d"]);
    await world.until(() => world.nodes.every(({ node }) => node.name === "d" || node.registry.size === 1), 10_000);
    await world.advance(5_000);
    world.heal();
    await world.until(() => d.node.registry.owner("slow")?.nodeId === starts[0]);
    expect(starts).toHaveLength(1);
  });

  it("a singleton is started elsewhere when the node that was starting it dies over it", async () => {
    const world = new World({ seed: 13 });
    const starts: string[] = [];
    const Slow = class Slow extends Actor {
      protected override async onStart(): Promise<void> {
        starts.push(this.context.system.name);
        await new Promise<void>((resolve) => this.context.system.runtime.setTimer(1_000, resolve));
      }
    };
    await world.startAll("a", "b", "c");
    for (const { node } of world.nodes) void node.singleton("slow", Slow).catch(() => {});
    await world.until(() => starts.length === 1);
    world.kill(starts[0] as string);
    await world.until(() => world.nodes.every(({ node }) => node.registry.owner("slow") !== undefined), 10_000);
    expect(starts).toHaveLength(2);
    expect(starts[1]).not.toBe(starts[0]);
  });

  it("a joining node does not start what a stalled node still owns", async () => {
    const world = new World({ seed: 46 });
    await world.startAll("a", "b");
    const [a, b] = [world.get("a"), world.get("b")];
    const names = Array.from({ length: 12 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, Quiet))));
    await world.until(() => b.node.registry.size === names.length);
    const before = [...b.node.registry.owners()].map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`).sort();
    world.freeze("a");
    // Shorter than what the failure detector bears, longer than the rounds that a start waits for.
    world.time.schedule(2_200, () => world.thaw("a"));
    const c = await world.start("c", { actors: [Quiet] });
    expect(c.node.system.size).toBe(0);
    await world.until(() => c.node.registry.size === names.length);
    await world.advance(5_000);
    const after = [...c.node.registry.owners()].map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`).sort();
    expect(after).toEqual(before);
  });
});
