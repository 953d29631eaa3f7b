// Slow: many seeds, and whole processes.
// The same seed gives the same trace, byte for byte: in one process, whatever ran before, and in any other process.
import { execFile } from "node:child_process";
import { join } from "node:path";
import {
  type PlannedFault,
  replayCommand,
  type Scenario,
  type SimulationOptions,
  scenarios,
  shorten,
  simulate,
  singletonsScenario,
} from "@foundation/testkit";
import { describe, expect, it } from "vitest";

/** Small worlds and short storms: many seeds in little time. */
const small = { nodes: 3, faultMs: 1_500 };
const seedsPerScenario = 75;

async function digestOf(scenario: Scenario, options: SimulationOptions): Promise<string> {
  return (await simulate(scenario, options)).digest;
}

describe("a simulation", () => {
  it.each(scenarios)(
    "gives the same trace twice for each of many seeds: $name",
    async (scenario) => {
      const digests: string[] = [];
      for (let seed = 1; seed <= seedsPerScenario; seed++) {
        const options = { ...small, seed };
        const first = await digestOf(scenario, options);
        expect(await digestOf(scenario, options), replayCommand({ ...(await simulate(scenario, options)) })).toBe(
          first,
        );
        digests.push(first);
      }
      // Or the digest would be of nothing.
      expect(new Set(digests).size).toBe(seedsPerScenario);
    },
    120_000,
  );

  it("gives the same trace whatever ran before it in the process", async () => {
    const tasks = scenarios.flatMap((scenario) => [3, 46, 75].map((seed) => ({ scenario, seed })));
    const forward = new Map<string, string>();
    for (const { scenario, seed } of tasks) forward.set(`${scenario.name} ${seed}`, await digestOf(scenario, { seed }));
    for (const { scenario, seed } of [...tasks].reverse()) {
      const key = `${scenario.name} ${seed}`;
      expect(`${key} ${await digestOf(scenario, { seed })}`).toBe(`${key} ${forward.get(key)}`);
    }
  }, 120_000);

  it("gives the same trace in other processes, on another day, in another time zone and environment", async () => {
    const tool = join(import.meta.dirname, "..", "tools", "simulate.ts");
    const elsewhere = {
      PATH: process.env.PATH,
      TZ: "Pacific/Kiritimati",
      LANG: "tr_TR.UTF-8",
      FOUNDATION_SEEDS: "127.0.0.1:9",
      FOUNDATION_PORT: "41234",
      FOUNDATION_CLUSTER_NAME: "elsewhere",
    };
    for (const { name } of scenarios) {
      const args = ["--conditions=@foundation/source", tool, "--scenario", name, "--seed", "46"];
      const [scenario] = scenarios.filter((each) => each.name === name) as [Scenario];
      const printed = await new Promise<string>((resolve) => {
        // The process seeds its hash tables differently, and its clock has moved on.
        execFile(process.execPath, ["--hash-seed=4711", ...args], { env: elsewhere }, (_error, stdout) =>
          resolve(stdout),
        );
      });
      expect(printed).toContain(`trace ${await digestOf(scenario, { seed: 46 })}\n`);
    }
  }, 120_000);

  it("replays a plan that was shortened by the numbers of its faults", async () => {
    // A scenario that fails as soon as a node crashes, whatever else there is.
    const fragile: Scenario = {
      name: "fragile",
      checks: singletonsScenario.checks ?? [],
      create: (world, random, checks) => {
        const trial = singletonsScenario.create(world, random, checks);
        return {
          boot: (name) => trial.boot(name),
          check: () => [],
          conclude: () => (world.deaths.length > 0 ? ["somebody died"] : []),
        };
      },
    };
    const options = { seed: 5, nodes: 3, kinds: ["crash", "cut", "clock"] } as const;
    const failing = await simulate(fragile, options);
    expect(failing.violations).toEqual(["somebody died"]);
    const shortest = await shorten(fragile, failing);
    expect(shortest.plan.map(({ fault }: PlannedFault) => fault.kind)).toEqual(["crash"]);
    const replayed = await simulate(fragile, shortest.options);
    expect(replayed.digest).toBe(shortest.digest);
    expect(replayCommand(shortest)).toMatch(
      /--scenario fragile --seed 5 --nodes 3 --kinds crash,cut,clock --keep \d+$/,
    );
  });
});
