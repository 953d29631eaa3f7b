import { describe, expect, it } from "vitest";
import { Checks, CheckTally, type Scenario, type SimulationResult, simulate, singletonsScenario } from "../../index.ts";

describe("[V1] checks", () => {
  it("count every comparison, and say which of them found what", () => {
    const checks = new Checks(["apples", "pears"]);
    expect(checks.compare("apples", true, () => "never asked")).toEqual([]);
    expect(checks.compare("apples", false, () => "one is red")).toEqual(["apples: one is red"]);
    expect([...checks.compared]).toEqual([
      ["apples", 2],
      ["pears", 0],
    ]);
    expect(() => checks.compare("plums", true, () => "")).toThrow("the scenario declares no check plums");
  });

  it("that never compared anything are idle, however many runs there were", async () => {
    const lazy: Scenario = { ...singletonsScenario, checks: [...(singletonsScenario.checks ?? []), "lazy"] };
    const tally = new CheckTally(lazy);
    const results: SimulationResult[] = [];
    for (let seed = 1; seed <= 3; seed++) results.push(await simulate(lazy, { seed, nodes: 3, kinds: ["crash"] }));
    for (const result of results) tally.add(result);
    expect(tally.idle).toEqual(["lazy"]);
    const sum = results.reduce((all, { compared }) => all + (compared.get("oneCopy") ?? 0), 0);
    expect(tally.counts).toContainEqual({ check: "oneCopy", comparisons: sum, runs: 3 });
  });
});
