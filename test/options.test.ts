// Every option of every public call of the actor package is checked in that call: values, types and names.
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  DynamicSupervisor,
  type ExitReason,
  LocalRegistry,
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  Supervisor,
  silentLog,
  startTask,
  systemRuntime,
  TaskSupervisor,
} from "@foundation/actor";
import { RestartIntensity } from "@foundation/actor/spi";
import { afterAll, describe, expect, it } from "vitest";

const runtime = systemRuntime({ log: silentLog });
const system = new ActorSystem({ runtime });
afterAll(() => system.stop());

/** Lets a test do what an actor may do to itself. */
class Self extends Actor {
  do(what: (self: Self) => unknown): string {
    try {
      what(this);
    } catch (error) {
      return String((error as Error).message);
    }
    return "accepted";
  }
  get its() {
    return this.context;
  }
}

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
/** What JavaScript hands over where TypeScript would have objected. */
const odd = <T>(value: unknown): T => value as T;

const notMilliseconds = [none, -1, "5", null, 5n, {}, true];
const notPositive = [...notMilliseconds, 0];
const notFlags = [0, 1, "true", null, {}];
const notFunctions = [1, "f", null, {}];

/** Makes an object of one option for each wrong value. */
const each = (name: string, values: readonly unknown[]) => values.map((value) => ({ [name]: value }));

const spawnOptions = [
  ...each("args", ["a", {}, null, 1]),
  ...each("epoch", [none, -1, 1.5, "1"]),
  ...each("stopMs", notPositive),
  ...each("link", notFlags),
  ...each("guardian", ["System", "", null, 1]),
  ...each("mailbox", [5, "reject", null, { capacity: 0 }, { capacity: none }, { overflow: "drop" }, { size: 5 }]),
  { stopMS: 5 },
  { name: "a" },
];
const specOptions = [
  ...each("id", [1, null, {}]),
  ...each("args", ["a", {}]),
  ...each("restart", ["Permanent", "never", null, 1]),
  ...each("shutdownMs", [...notMilliseconds, infinite, "Infinity"]),
  ...each("startMs", notPositive),
  ...each("significant", notFlags),
  ...each("backoff", [5, true, null, { minMs: 0 }, { jitter: 2 }, { min: 5 }]),
  { restarts: "temporary" },
];
const intensities = [
  ...each("intensity", [none, -1, 1.5, infinite, "3"]),
  ...each("periodMs", [...notPositive, infinite]),
];

/** Each call with its wrong options. */
const calls: Record<string, [(options: never) => unknown, readonly unknown[]]> = {
  "new ActorSystem": [
    (options) => new ActorSystem(options),
    [
      ...each("name", [1, null]),
      ...each("runtime", [1, null, {}, { now: 5 }]),
      ...each("onDeadLetter", notFunctions),
      ...each("simulateRemote", [...notFunctions, true]),
      { ondeadletter: () => {} },
    ],
  ],
  "system.spawn": [(options) => system.spawn(Self, options), [...spawnOptions, 5, "a", []]],
  "ref.with": [
    (options) => system.spawn(Self).with(options),
    [
      ...each("timeoutMs", [...notPositive, infinite, 86_400_001]),
      ...each("priority", ["urgent", "", null, 1]),
      ...each("window", [0, 65_537, 1.5, none, "64"]),
      ...each("channel", [1, null, {}]),
      ...each("signal", [1, null, {}, new AbortController()]),
      { timeout: 5 },
      { timeoutMS: 5 },
      5,
    ],
  ],
  childSpec: [(options) => childSpec(Self, options), specOptions],
  "new LocalRegistry": [
    (options) => new LocalRegistry(system, options),
    [
      ...each("keys", ["Unique", "", null, 1]),
      ...each("maxEntries", [none, 0, -1, 1.5, infinite, "5"]).map((one) => ({ keys: "unique", ...one })),
      {},
      undefined,
      { keys: "unique", max: 5 },
    ],
  ],
  "new Supervisor": [
    (options) => system.spawn(Supervisor, { args: [options] }),
    [
      ...intensities,
      ...each("strategy", ["one_for_one", "", null, 1]),
      ...each("autoShutdown", ["Never", null, 1]),
      ...each("children", [
        {},
        "a",
        [Self],
        [{ id: "a" }],
        [{ ...childSpec(Self), restart: "x" }],
        [{ ...childSpec(Self), x: 1 }],
      ]),
      { Strategy: "oneForOne" },
    ],
  ],
  "new DynamicSupervisor": [
    (options) => system.spawn(DynamicSupervisor, { args: [options] }),
    [...intensities, ...each("maxChildren", [none, 0, 1.5, infinite, "5"]), { children: [] }],
  ],
  "new PartitionSupervisor": [
    (options) => system.spawn(PartitionSupervisor, { args: [options] }),
    [
      {},
      { child: () => childSpec(Self) },
      { partitions: 2 },
      { child: childSpec(Self), partitions: 2 },
      ...[none, 0, 10_001, 1.5, "2"].map((partitions) => ({ child: () => childSpec(Self), partitions })),
    ],
  ],
  "new RestartIntensity": [(options) => new RestartIntensity(options), intensities],
  systemRuntime: [
    (options) => systemRuntime(options),
    [...each("log", [1, null, {}, console.log]), { logs: silentLog }],
  ],
};

const refusal = expect.objectContaining({ code: "invalidOption" });

describe("[X12] wrong options are refused in the call that was given them", () => {
  const all = Object.entries(calls).flatMap(([name, [call, options]]) =>
    options.map((one) => [name, one, call] as const),
  );
  it.each(all)("%s(%o)", (_name, options, call) => {
    let thrown: unknown = "nothing was thrown";
    try {
      call(odd(options));
    } catch (error) {
      // The constructor of an actor, whose error spawn wraps.
      thrown = (error as { code?: string }).code === "startFailed" ? (error as Error).cause : error;
    }
    expect(thrown).toEqual(refusal);
  });

  it.each<[string, readonly unknown[]]>([
    ["timeoutMs", [...notPositive, infinite]],
    ["shutdownMs", [none, -1, "5", infinite]],
    ["timeout", [5]],
  ])("startTask, %s: before anything starts", async (name, values) => {
    const tasks = system.spawn(TaskSupervisor);
    let runs = 0;
    const run = (): number => ++runs;
    for (const options of each(name, values))
      await expect(startTask(tasks, run, odd(options))).rejects.toEqual(refusal);
    await expect(startTask(tasks, odd(5))).rejects.toEqual(refusal);
    await expect(startTask(odd("tasks"), run)).rejects.toEqual(refusal);
    expect([runs, (await tasks.ask.countChildren()).specs]).toEqual([0, 0]);
  });

  it("specs that a supervisor is asked to start: it lives on, and has no such child", async () => {
    const fixed = system.spawn(Supervisor);
    const dynamic = system.spawn(DynamicSupervisor);
    for (const options of [...specOptions, {}]) {
      const spec = { ...childSpec(Self), ...("restart" in options || "id" in options ? options : { extra: 1 }) };
      await expect(fixed.ask.startChild(odd(spec))).rejects.toEqual(refusal);
      await expect(dynamic.ask.startChild(odd(spec))).rejects.toEqual(refusal);
    }
    expect((await fixed.ask.countChildren()).specs + (await dynamic.ask.countChildren()).specs).toBe(0);
  });

  it.each([none, infinite, null, undefined, {}, true])(
    "the key %o of a partition: the supervisor lives on",
    async (key) => {
      const args: [PartitionSupervisorOptions] = [{ child: () => childSpec(Self), partitions: 2 }];
      const partitions = system.spawn(PartitionSupervisor, { args });
      await expect(partitions.ask.partition(odd(key))).rejects.toEqual(refusal);
      expect(await partitions.ask.partitions()).toBe(2);
      await system.stopActor(partitions);
    },
  );

  it.each<[string, object]>([
    ["protocol: { hi: {} }", { protocol: { hi: {} } }],
    ["protocol: { hi: undefined }", { protocol: { hi: undefined } }],
    ["protocol: null", { protocol: null }],
    ["protocol with a validate that is none", { protocol: { hi: { "~standard": { validate: 5 } } } }],
    ["reentrant: a string", { reentrant: "hi" }],
    ["reentrant: [5]", { reentrant: [5] }],
    ["mailbox: { capacity: NaN }", { mailbox: { capacity: none } }],
    ["mailbox: { capactiy: 5 }", { mailbox: { capactiy: 5 } }],
    ["channel: 5", { channel: 5 }],
    ["channels: { hi: 5 }", { channels: { hi: 5 } }],
    ["remotable: 0", { remotable: 0 }],
    ["isSupervisor: 'yes'", { isSupervisor: "yes" }],
  ])("a class with static %s cannot be spawned", (_name, statics) => {
    class Greeter extends Actor {
      hi(): void {}
    }
    Object.assign(Greeter, statics);
    expect(() => system.spawn(Greeter)).toThrow(
      expect.objectContaining({ code: "invalidOption", message: expect.stringContaining("Greeter") }),
    );
  });

  it.each<[string, unknown]>([
    ["a function", () => {}],
    ["a class that is no actor", class Thing {}],
    ["an instance", {}],
    ["undefined", undefined],
  ])("%s is no class of actors", (_name, value) => {
    expect(() => system.spawn(odd<typeof Self>(value))).toThrow(refusal);
    expect(() => childSpec(odd<typeof Self>(value))).toThrow(refusal);
  });

  it("what an actor is given for itself", async () => {
    class Stubborn extends Self {
      protected override onExit(): void {}
    }
    const actor = system.spawn(Stubborn);
    const local = actor as unknown as { ask: { do(what: (self: Self) => unknown): Promise<string> } };
    const wrong: Record<string, (self: Self) => unknown> = {
      ...Object.fromEntries(
        notMilliseconds.map((ms) => [`once after ${ms}`, (s: Self) => s.its.timers.once("t", odd(ms), () => {})]),
      ),
      ...Object.fromEntries(
        notPositive.map((ms) => [`every ${ms}`, (s: Self) => s.its.timers.every("t", odd(ms), () => {})]),
      ),
      "once after infinity": (s) => s.its.timers.once("t", infinite, () => {}),
      "a timer without a callback": (s) => s.its.timers.once("t", 5, odd(undefined)),
      "a timer without a name": (s) => s.its.timers.once(odd(5), 5, () => {}),
      ...Object.fromEntries(
        notPositive.map((ms) => [`idle after ${ms}`, (s: Self) => Object.assign(s.its, { idleTimeoutMs: ms })]),
      ),
      "trapExits = 1": (s) => Object.assign(s.its, { trapExits: 1 }),
      "stop('because')": (s) => s.its.stop(odd<ExitReason>("because")),
      "stop({})": (s) => s.its.stop(odd<ExitReason>({})),
      "stop(null)": (s) => s.its.stop(odd<ExitReason>(null)),
      "stop('kill')": (s) => s.its.stop(odd<ExitReason>("kill")),
      "exit for nothing": (s) => s.its.exit(actor, odd<ExitReason>(undefined)),
      "monitor a name": (s) => s.its.monitor(odd("counter")),
      "link to a name": (s) => s.its.link(odd("counter")),
      "unlink undefined": (s) => s.its.unlink(odd(undefined)),
      "exit a name": (s) => s.its.exit(odd("counter"), "normal"),
      "continue with a number": (s) => s.its.continueWith(odd(5)),
    };
    for (const [name, what] of Object.entries(wrong))
      expect([name, await local.ask.do(what)]).not.toContain("accepted");
    // Nothing of all that had an effect.
    expect(system.cellOf(actor)?.state).toBe("running");
    expect(await local.ask.do((s) => void s.its.exit(actor, "kill"))).toBe("accepted");
    expect(system.cellOf(actor)).toBeUndefined();
  });

  it.each(notMilliseconds)("times to stop: %o", async (timeoutMs) => {
    const own = new ActorSystem({ runtime });
    const ref = own.spawn(Self);
    await expect(own.stopActor(ref, "normal", odd(timeoutMs))).rejects.toEqual(refusal);
    await expect(own.stop(odd(timeoutMs))).rejects.toEqual(refusal);
    expect(own.cellOf(ref)?.state).toBe("running");
    await own.stop(0);
    expect(own.size).toBe(0);
  });

  it("refs, keys and listeners of a registry", () => {
    const registry = new LocalRegistry(system, { keys: "unique" });
    const ref = system.spawn(Self);
    expect(() => registry.register(odd(5), ref)).toThrow(refusal);
    expect(() => registry.register("a", odd("ref"))).toThrow(refusal);
    expect(() => registry.listen(odd({}))).toThrow(refusal);
    for (const notRef of [null, undefined, {}, "counter"])
      expect(() => system.cellOf(odd<ActorRef>(notRef))).toThrow(refusal);
    expect(registry.size).toBe(0);
  });
});
