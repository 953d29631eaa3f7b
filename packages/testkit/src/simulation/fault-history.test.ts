import { describe, expect, it } from "vitest";
import { type FaultName, SeededRandom, World } from "../index.ts";
import { FaultHistory } from "./fault-history.ts";
import type { PlannedFault } from "./fault-plan.ts";
import { drawFaultKinds } from "./faults/draw-fault-kinds.ts";
import { worstEffect } from "./faults/fault-kinds.ts";
import { Sights } from "./sights.ts";

/** A plan of these kinds, one each 100 ms, that began at 1 000. */
const historyOf = (...kinds: FaultName[]): FaultHistory => {
  const plan = kinds.map(
    (kind, index): PlannedFault => ({ index, atMs: 100 * index, fault: { kind, details: {}, cause: () => {} } }),
  );
  return new FaultHistory(plan, 1_000);
};

describe("[V1] a history of faults", () => {
  it("knows from when on the cluster can have been split: by one fault, or by wrong discovery with a death", () => {
    expect(historyOf("crash", "stall", "cut").splitFrom).toBe(Number.POSITIVE_INFINITY);
    expect(historyOf("crash", "pause", "block").splitFrom).toBe(1_100);
    expect(historyOf("discovery", "stall", "crash").splitFrom).toBe(1_200);
    expect(historyOf("discovery", "stall").splitFrom).toBe(Number.POSITIVE_INFINITY);
    expect(historyOf("partition").splitFrom).toBe(1_000);
  });

  it("knows the first fault that is none of some kinds", () => {
    expect(historyOf("stall", "clock", "cut").firstBeside(new Set(["stall", "clock"]))).toBe(1_200);
    expect(historyOf("stall").firstBeside(new Set(["stall"]))).toBe(Number.POSITIVE_INFINITY);
    expect(historyOf("stall").firstBeside(new Set())).toBe(1_000);
    expect([...historyOf("stall", "clock", "stall").kinds]).toEqual(["stall", "clock"]);
  });
});

describe("[V1] the kinds of faults that seeds draw", () => {
  it("leave about a quarter of all runs without deaths, and half of them without splits", () => {
    const worst = { none: 0, death: 0, split: 0 };
    for (let seed = 1; seed <= 400; seed++) {
      const random = new SeededRandom(seed, "kinds");
      worst[worstEffect(drawFaultKinds(random, new SeededRandom(seed, "harm")).map(({ name }) => name))]++;
    }
    expect(worst.none).toBeGreaterThan(80);
    expect(worst.none + worst.death).toBeGreaterThan(160);
    expect(worst.split).toBeGreaterThan(160);
  });
});

describe("[V1] sights", () => {
  it("tell for how long two processes have seen each other, without a break and in both directions", async () => {
    const world = new World({ seed: 1 });
    const [a, b] = await world.startAll("a", "b");
    const sights = new Sights(world);
    sights.follow(a);
    expect(sights.togetherMs(a.runtime, b.runtime)).toBe(0);
    sights.follow(b);
    await world.advance(3_000);
    expect(sights.togetherMs(a.runtime, b.runtime)).toBe(3_000);
    expect(sights.togetherMs(a.runtime, a.runtime)).toBe(Number.POSITIVE_INFINITY);
    world.partition(["a"], ["b"]);
    await world.until(() => a.node.members().length === 1);
    expect(sights.togetherMs(a.runtime, b.runtime)).toBe(0);
    world.heal();
    await world.until(() =>
      [a, b].every(({ node }) => node.members().every(({ status }) => status === "up") && node.members().length === 2),
    );
    await world.advance(500);
    expect(sights.togetherMs(b.runtime, a.runtime)).toBeGreaterThanOrEqual(500);
    expect(sights.togetherMs(b.runtime, a.runtime)).toBeLessThan(3_000);
    world.kill("a");
    const again = await world.start("a");
    sights.follow(again);
    await world.advance(500);
    expect(sights.togetherMs(a.runtime, b.runtime)).toBe(0);
    expect(sights.togetherMs(again.runtime, b.runtime)).toBeGreaterThanOrEqual(500);
  });
});
