// As test/options.test.ts, for the packages above the actors.
import { Actor, silentLog, systemRuntime } from "@foundation/actor";
import { createTestSystem, World } from "@foundation/testkit";
import { MemoryNetwork, MemoryTransport, WebSocketTransport } from "@foundation/transport";
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
    expect(() => node.spawn(Actor, odd({ nmae: "a" }))).toThrow("did you mean name?");
    expect(() => node.spawn(Actor, odd({ nam: "a" }))).toThrow('spawn: there is no option "nam"; did you mean name?');
    expect(() => node.spawn(Actor, odd({ isReporte: true }))).toThrow(
      'spawn: there is no option "isReporte"; there are name, args, epoch, mailbox, stopMs, link, guardian',
    );
    expect(() => node.system.spawn(Actor, odd({ name: "a" }))).toThrow("node.spawn and registries give names");
    expect(node.registry.owner("a")).toBeUndefined();
    const ref = node.spawn(Actor, { name: "a" });
    for (const options of [{ epoch: none }, { epoch: -1 }, { onConflict: 5 }, { epcoh: 1 }]) {
      expect(() => node.registry.register("b", ref, odd(options))).toThrow(refusal);
    }
    expect(node.registry.owner("b")).toBeUndefined();
  });

  it.each([
    { timeoutMs: none },
    { timeoutMs: -1 },
    { timeoutMs: "5" },
    { timeout: 5 },
    { restart: "temporary" },
    { shutdownMs: none },
    { startMs: 0 },
    { intensity: -1 },
    { periodMs: none },
    { backoff: { min: 1 } },
    { args: "x" },
    5,
  ])("node.singleton(name, Class, %o), which leaves no singleton behind", async (options) => {
    await expect(node.singleton("one", Actor, odd(options))).rejects.toEqual(refusal);
    expect(node.supervisor.singletons()).toEqual([]);
  });

  it.each([none, -1, "5", null, {}])(
    "supervisor.leave(%o), after which it goes on; supervisor.remove",
    async (timeoutMs) => {
      await expect(node.supervisor.leave(odd(timeoutMs))).rejects.toEqual(refusal);
      await expect(node.supervisor.remove("one", { timeoutMs: odd(timeoutMs) })).rejects.toEqual(refusal);
      await expect(node.supervisor.remove("one", odd({ timeout: 5 }))).rejects.toEqual(refusal);
      expect(node.supervisor.singletons()).toEqual([]);
    },
  );

  it("what parts of a node are added with: addPart, refKind, protocol, registry.follow, registry.reserve", () => {
    const { membership } = node;
    const part = { name: "a", hasCopyOf: () => true };
    for (const wrong of [undefined, {}, { ...part, name: 5 }, { ...part, hasCopyOf: 5 }, { ...part, learnd: () => {} }])
      expect(() => membership.addPart(odd(wrong))).toThrow(refusal);
    const kind = { is: () => false, encode: () => "x", decode: () => undefined };
    for (const wrong of [undefined, {}, { ...kind, is: 5 }, { ...kind, decodes: () => undefined }])
      expect(() => membership.refKind(odd(wrong))).toThrow(refusal);
    const follower = { taken: () => {}, freed: () => {}, synced: () => {} };
    for (const wrong of [undefined, {}, { ...follower, taken: undefined }, { ...follower, free: () => {} }])
      expect(() => node.registry.follow(odd(wrong))).toThrow(refusal);
    const protocol = { name: "mine", schema: { safeParse: () => {} }, receive: () => {} };
    for (const wrong of [
      undefined,
      { ...protocol, name: 5 },
      { ...protocol, schema: {} },
      { ...protocol, receive: undefined },
      { ...protocol, channel: "none" },
      { ...protocol, chanel: "control" },
    ]) {
      expect(() => membership.protocol(odd<never>(wrong))).toThrow(refusal);
    }
    expect(() => membership.protocol(odd<never>({ ...protocol, channel: "none" }))).toThrow(
      'protocol(): channel is "none"; allowed: control, events, telemetry, data, gossip',
    );
    for (const name of [5, "", "a\n"])
      expect(() => node.registry.reserve(odd(name))).toThrow(expect.objectContaining({ code: "invalidName" }));
  });

  it("node.transport: connect, linkAt, close, rotateSecret, which shows no secret", async () => {
    const endpoint = node.transport;
    for (const address of [undefined, "a:1", {}, { host: "a" }, { host: "a", port: none }, { host: 5, port: 1 }]) {
      await expect(endpoint.connect(odd(address))).rejects.toEqual(refusal);
      expect(() => endpoint.linkAt(odd(address))).toThrow(refusal);
    }
    for (const secret of [
      undefined,
      null,
      5,
      {},
      "",
      [],
      ["hidden", 5],
      [["hidden"]],
      new Array(2),
      Array(5).fill("hidden"),
    ]) {
      expect(() => endpoint.rotateSecret(odd(secret))).toThrow(refusal);
      expect(() => endpoint.rotateSecret(odd(secret))).not.toThrow("hidden");
    }
    await expect(endpoint.close(odd(5))).rejects.toEqual(refusal);
    expect(endpoint.address.host).toBe("a");
  });

  it("link.close and link.send: the link goes on", async () => {
    const own = new World({ seed: 2 });
    const [a, b] = await own.startAll("a", "b");
    const link = a.node.transport.link("b");
    for (const code of [none, -1, 0, 1001, 1006, 3000, 5000, 4000.5, "4000", undefined])
      expect(() => link?.close(odd(code), "why")).toThrow(refusal);
    expect(() => link?.close(4000, odd(5))).toThrow(refusal);
    for (const message of ["hello", 5, null, undefined, {}, { length: 5 }, [1], new ArrayBuffer(4)])
      expect(() => link?.send("control", odd(message))).toThrow(refusal);
    await own.advance(2_000);
    expect(link?.isOpen).toBe(true);
    link?.close(4000, "enough");
    expect(link?.isOpen).toBe(false);
    await own.settle(Promise.all([a.node.stop(), b.node.stop()]));
  });

  it("dial and listen of both transports", async () => {
    const runtime = systemRuntime({ log: silentLog });
    const address = { host: "127.0.0.1", port: 0 };
    for (const transport of [new WebSocketTransport({ runtime }), new MemoryTransport(new MemoryNetwork(runtime))]) {
      for (const wrong of [undefined, "a:1", { ...address, port: none }, { ...address, port: 65_536 }, { port: 1 }]) {
        await expect(transport.listen(odd(wrong), () => {})).rejects.toEqual(refusal);
        await expect(transport.dial(odd(wrong), { timeoutMs: 5 })).rejects.toEqual(refusal);
      }
      await expect(transport.listen(address, odd(undefined))).rejects.toEqual(refusal);
      for (const options of [undefined, {}, { timeoutMs: none }, { timeoutMs: 0 }, { timeoutMs: 5, signal: {} }])
        await expect(transport.dial(address, odd(options))).rejects.toEqual(refusal);
    }
  });

  it("a world: paths, stalls, clocks, discovery, waits", async () => {
    const own = new World({ seed: 3 });
    await own.startAll("a", "b");
    for (const options of [
      { delayMs: none },
      { delayMs: -1 },
      { jitterMs: infinite },
      { loss: 2 },
      { bytesPerMs: 0 },
      { delay: 5 },
      { spreadMs: "5" },
      5,
    ]) {
      expect(() => own.path(odd(options))).toThrow(refusal);
      expect(() => own.path(odd(options), "a", "b")).toThrow(refusal);
    }
    // One end alone is no direction.
    expect(() => own.path({ delayMs: 5 }, "a")).toThrow(refusal);
    expect(() => own.stall("a", none)).toThrow(refusal);
    expect(() => own.jumpClock("a", none)).toThrow(refusal);
    expect(() => own.discovery("a", odd("wrong"))).toThrow(refusal);
    expect(() => own.resetAfter("a", "b", -1)).toThrow(refusal);
    expect(() => own.sever("a", "b", 2)).toThrow(refusal);
    await expect(own.waitUntil("a", () => true, odd({ timeout: 5 }))).rejects.toEqual(refusal);
    await expect(own.until(odd(true))).rejects.toEqual(refusal);
    // What is undefined changes nothing.
    own.path(odd({ delayMs: undefined }));
    await own.advance(5_000);
    expect([own.get("a"), own.get("b")].map(({ node: each }) => each.members().length)).toEqual([2, 2]);
    for (const name of ["a", "b"]) await own.stop(name);
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
    for (const options of [{ timeout: 5 }, null, 5]) {
      expect(() => probe.expectMessage(undefined, odd(options))).toThrow(refusal);
      expect(() => probe.expectMessages(1, odd(options))).toThrow(refusal);
      expect(() => probe.expectNoMessage(odd(options))).toThrow(refusal);
      expect(() => probe.expectDown(probe.ref, "normal", odd(options))).toThrow(refusal);
    }
    for (const count of [none, -1, infinite, "1"]) expect(() => probe.expectMessages(odd(count))).toThrow(refusal);
    for (const timeoutMs of [none, -1, infinite, "5"]) {
      expect(() => probe.expectMessage(undefined, { timeoutMs: odd(timeoutMs) })).toThrow(refusal);
      await expect(test.time.advance(odd(timeoutMs))).rejects.toEqual(refusal);
      await expect(test.time.until(() => true, odd(timeoutMs))).rejects.toEqual(refusal);
      await expect(test.time.settle(Promise.resolve(), odd(timeoutMs))).rejects.toEqual(refusal);
    }
  });
});
