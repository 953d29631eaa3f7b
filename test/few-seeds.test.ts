// The scenarios of the simulations with a few seeds each, for the fast tier; simulation.test.ts has many.
import { describeResult, replayCommand, scenarios, simulate } from "@foundation/testkit";
import { expect, it } from "vitest";

const seeds = [7_001, 7_002, 7_003];

it.each(scenarios)("$name: what was promised holds after random faults", async (scenario) => {
  for (const seed of seeds) {
    const result = await simulate(scenario, { seed });
    expect(result.violations, `${describeResult(result)}\n${replayCommand(result)}`).toEqual([]);
    expect(result.plan.length, `faults of seed ${seed}`).toBeGreaterThan(0);
  }
});
