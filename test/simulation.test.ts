import {
  describeResult,
  type FaultKind,
  messagesScenario,
  type Scenario,
  simulate,
  singletonsScenario,
  World,
} from "@foundation/testkit";
import { Actor } from "foundation";
import { describe, expect, it } from "vitest";

const seeds = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function expectAllHold(
  scenario: Scenario,
  [from, to]: [number, number],
  kinds?: readonly FaultKind[],
): Promise<void> {
  for (const seed of seeds(from, to)) {
    const result = await simulate(scenario, { seed, ...(kinds && { kinds }) });
    expect(result.violations, describeResult(result)).toEqual([]);
  }
}

describe("singletons in a simulated world, healed after random faults", () => {
  it(
    "[H10] live once, are agreed on and leak nothing, whatever faults there were",
    () => expectAllHold(singletonsScenario, [1, 80]),
    120_000,
  );

  it(
    "[H2] get a higher epoch at every start when nodes crash, stall and lose links but the network is not split",
    () => expectAllHold(singletonsScenario, [1_000, 1_040], ["crash", "restart", "stall", "cut", "clock"]),
    120_000,
  );
});

describe("messages in a simulated world", () => {
  it(
    "[T7] arrive in order and at most once, and every ask ends once, whatever faults there were",
    () => expectAllHold(messagesScenario, [1, 40]),
    120_000,
  );
});

describe("a simulation", () => {
  it("replays: the same seed gives the same trace", async () => {
    for (const scenario of [singletonsScenario, messagesScenario]) {
      for (const seed of [3, 46, 75]) {
        const [first, second] = [await simulate(scenario, { seed }), await simulate(scenario, { seed })];
        expect(first.digest).toBe(second.digest);
      }
    }
  }, 60_000);
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
    for (const [index, { node, runtime }] of nodes.entries()) {
      runtime.jumpWallClock((index - 1) * 3_600_000);
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

  it("a joining node does not start what a stalled node still owns", async () => {
    const world = new World({ seed: 46 });
    await world.startAll("a", "b");
    const [a, b] = [world.get("a"), world.get("b")];
    const names = Array.from({ length: 12 }, (_, index) => `name-${index}`);
    await world.settle(Promise.all(names.map((name) => a.node.singleton(name, Quiet))));
    await world.until(() => b.node.registry.size === names.length);
    const before = [...b.node.registry.owners()].map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`).sort();
    world.pause("a");
    // Shorter than what the failure detector bears, longer than the rounds that a start waits for.
    world.time.schedule(2_200, () => world.resume("a"));
    const c = await world.start("c", { actors: [Quiet] });
    expect(c.node.system.size).toBe(0);
    await world.until(() => c.node.registry.size === names.length);
    await world.advance(5_000);
    const after = [...c.node.registry.owners()].map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`).sort();
    expect(after).toEqual(before);
  });
});
