import { expect, it } from "vitest";
import { workbench } from "./cost.ts";

it("warms up once before it measures, and cleans up outside of what it measures", async () => {
  const log: string[] = [];
  const bench = workbench({
    sums: () => ({
      units: 1000,
      run: async () => log.push("run"),
      cleanUp: async () => log.push("clean up"),
    }),
  });
  const { rate, cpuNs } = await bench.round("sums");
  await bench.round("sums");
  await bench.allocated("sums");
  expect(log).toEqual(Array.from({ length: 4 }, () => ["run", "clean up"]).flat());
  expect(rate).toBeGreaterThan(0);
  expect(cpuNs).toBeGreaterThanOrEqual(0);
});

it("refuses work that it does not know", async () => {
  await expect(workbench({}).round("sums")).rejects.toThrow("no such work");
});
