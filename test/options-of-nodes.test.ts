// As test/options.test.ts, for the packages above the actors.
import { Actor, silentLog, systemRuntime } from "@foundation/actor";
import { createTestSystem, World } from "@foundation/testkit";
import { WebSocketTransport } from "@foundation/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
const odd = <T>(value: unknown): T => value as T;
const refusal = expect.objectContaining({ code: "invalidOption" });

describe("[X12] wrong options are refused in the call that was given them, by", () => {
  const world = new World({ seed: 1 });
  let node: Awaited<ReturnType<World["start"]>>["node"];
  beforeAll(async () => {
    node = (await world.start("a")).node;
  });
  afterAll(() => world.stop("a"));

  it.each([
    {},
    { size: none },
    { size: 0 },
    { size: 1.5 },
    { size: "2" },
    { size: 1, timeoutMs: none },
    { size: 1, timeoutMs: -1 },
    { size: 1, timeout: 5 },
    undefined,
  ])("node.ready(%o)", async (options) => {
    await expect(node.ready(odd(options))).rejects.toEqual(refusal);
  });

  it.each([none, -1, "5", null])("node.stop(%o): the node goes on", async (timeoutMs) => {
    await expect(node.stop(odd(timeoutMs))).rejects.toEqual(refusal);
    expect(node.members().map(({ status }) => status)).toEqual(["up"]);
  });

  it("node.spawn, which leaves no name behind, and registry.register", () => {
    expect(() => node.spawn(Actor, odd({ name: "a", stopMs: none }))).toThrow(refusal);
    expect(() => node.spawn(Actor, odd({ nmae: "a" }))).toThrow(refusal);
    expect(() => node.spawn(Actor, odd({ nam: "a" }))).toThrow('spawn: there is no option "nam"; did you mean name?');
    expect(() => node.system.spawn(Actor, odd({ name: "a" }))).toThrow("node.spawn and registries give names");
    expect(node.registry.owner("a")).toBeUndefined();
    const ref = node.spawn(Actor, { name: "a" });
    for (const options of [{ epoch: none }, { epoch: -1 }, { onConflict: 5 }, { epcoh: 1 }]) {
      expect(() => node.registry.register("b", ref, odd(options))).toThrow(refusal);
    }
    expect(node.registry.owner("b")).toBeUndefined();
  });

  it.each([5, "x", { timeoutMs: none }, { timeoutMs: -1 }, { timeoutMs: "5" }, { timeout: 5 }])(
    "node.singleton(%o), which leaves none behind, and supervisor.remove, which removes none",
    async (options) => {
      await world.settle(node.singleton("kept", Actor));
      await expect(node.singleton("new", Actor, odd(options))).rejects.toEqual(refusal);
      await expect(node.supervisor.remove("kept", odd(options))).rejects.toEqual(refusal);
      expect(node.supervisor.singletons().map(({ name }) => name)).toEqual(["kept"]);
    },
  );

  it("new WebSocketTransport", () => {
    const runtime = systemRuntime({ log: silentLog });
    for (const options of [
      undefined,
      {},
      { runtime: {} },
      { runtime, upgradeTimeoutMs: none },
      { runtime, upgradeTimeoutMs: 0 },
      { runtime, tsl: {} },
    ]) {
      expect(() => new WebSocketTransport(odd(options))).toThrow(refusal);
    }
  });

  it("the testkit: systems, probes, expectations, clocks, worlds", async () => {
    for (const options of [
      { seed: none },
      { seed: "1" },
      { name: 5 },
      { logLevel: "trace" },
      { simulateRemote: 1 },
      { sead: 1 },
    ]) {
      expect(() => createTestSystem(odd(options))).toThrow(refusal);
    }
    for (const options of [{}, { seed: none }, { seed: 1, sead: 1 }, undefined])
      expect(() => new World(odd(options))).toThrow(refusal);
    await using test = createTestSystem();
    for (const options of [{ queueMax: 0 }, { queueMax: infinite }, { name: 5 }, { max: 1 }]) {
      expect(() => test.probe(odd(options))).toThrow(refusal);
    }
    const probe = test.probe();
    for (const timeoutMs of [none, -1, infinite, "5"]) {
      expect(() => probe.expectMessage(undefined, { timeoutMs: odd(timeoutMs) })).toThrow(refusal);
      await expect(test.time.advance(odd(timeoutMs))).rejects.toEqual(refusal);
      await expect(test.time.until(() => true, odd(timeoutMs))).rejects.toEqual(refusal);
      await expect(test.time.settle(Promise.resolve(), odd(timeoutMs))).rejects.toEqual(refusal);
    }
  });
});
