// Whatever a package exports that is called or constructed refuses wrong arguments by name, or stands here with the reason why it
// does not; so does every type of options. A new export is in neither list, and fails here.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as actorDoor from "@foundation/actor";
import * as actorSpi from "@foundation/actor/spi";
import * as cluster from "@foundation/cluster";
import * as discovery from "@foundation/discovery";
import * as registry from "@foundation/registry";
import * as runtimePackage from "@foundation/runtime";
import * as supervision from "@foundation/supervision";
import * as testkit from "@foundation/testkit";
import * as transport from "@foundation/transport";
import { afterAll, describe, expect, it } from "vitest";

/** What programs use of it, and what packages are built from. */
const actor = { ...actorDoor, ...actorSpi };
const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
const runtime = actor.systemRuntime({ log: actor.silentLog });
const system = new actor.ActorSystem({ runtime });
afterAll(() => system.stop());

/** What JavaScript hands over where TypeScript would have objected. */
type Wrong = readonly unknown[];
/** A call, and lists of arguments that it has to refuse. */
type Checked = readonly [call: (...args: never[]) => unknown, ...wrong: Wrong[]];

class Thing extends actor.Actor {}
const noop = (): void => {};
const spawn = (type: unknown) => (options: unknown) =>
  system.spawn(type as typeof Thing, { args: [options] as unknown as [] });
const identity = { cluster: "c", nodeId: "n", incarnation: 1 };
const network = new transport.MemoryNetwork(runtime);
const listen = { host: "127.0.0.1", port: 0 };
const endpointOptions = {
  runtime,
  transport: new transport.MemoryTransport(network),
  identity,
  secret: "the secret of a test",
  listen,
  handlers: { onLink: () => ({ message: noop, down: noop }) },
};
const clusterOptions = {
  system,
  transport: endpointOptions.transport,
  cluster: "c",
  secret: "the secret of a test",
  listen,
  discovery: [],
};
const clusterLike = { protocol: noop, addPart: noop, refKind: noop };
/** `base` with each of `changes` in turn. */
const changed = (base: object, ...changes: readonly object[]): Wrong[] => changes.map((each) => [{ ...base, ...each }]);

const checked: Record<string, Record<string, Checked>> = {
  actor: {
    ActorSystem: [
      (options) => new actor.ActorSystem(options),
      [{ runtime: {} }],
      [{ name: 5 }],
      [{ onDeadletter: noop }],
      [5],
      [null],
    ],
    LocalRegistry: [
      (home, options) => new actor.LocalRegistry(home, options),
      ["system", { keys: "unique" }],
      [undefined, { keys: "unique" }],
      [{}, { keys: "unique" }],
      [system, { keys: "Unique" }],
      [system],
    ],
    createLog: [
      (sink, minimum) => actor.createLog(sink, minimum),
      [undefined],
      [{}],
      [noop, "trace"],
      [noop, "Info"],
      [noop, "toString"],
      [noop, 1],
      [noop, null],
    ],
    standardErrorLog: [
      (options) => actor.standardErrorLog(options),
      ...changed({}, { level: "trace" }, { level: 1 }, { format: "xml" }, { context: "node" }, { context: [] }),
      [{ lvl: "info" }],
      [null],
      ["json"],
    ],
    systemRuntime: [(options) => actor.systemRuntime(options), [{ log: {} }], [{ logs: actor.silentLog }], [5]],
    childSpec: [
      (type, options) => actor.childSpec(type, options),
      [noop],
      [undefined],
      [Thing, { restart: "never" }],
      [Thing, { startMs: none }],
      [Thing, 5],
    ],
    startTask: [
      (tasks, run, options) => actor.startTask(tasks, run, options),
      ["tasks", noop],
      [system.spawn(actor.TaskSupervisor), 5],
      [system.spawn(actor.TaskSupervisor), noop, { timeoutMs: none }],
    ],
    Supervisor: [spawn(actor.Supervisor), [{ strategy: "all" }], [{ intensity: none }], [null]],
    DynamicSupervisor: [spawn(actor.DynamicSupervisor), [{ maxChildren: none }], [{ children: [] }]],
    TaskSupervisor: [spawn(actor.TaskSupervisor), [{ maxChildren: none }], [{ children: [] }]],
    PartitionSupervisor: [spawn(actor.PartitionSupervisor), [{ partitions: 2 }], [undefined], [null], [5]],
    RestartIntensity: [(options) => new actor.RestartIntensity(options), [{ intensity: -1 }], [{ period: 1 }], [5]],
    RestartBackoff: [(options) => new actor.RestartBackoff(options), [{ minMs: none }], [{ min: 1 }], [undefined], [5]],
    backoffOf: [
      (options) => actor.backoffOf(options),
      [{ minMs: 0 }],
      [{ minMs: 2, maxMs: 1 }],
      [{ jitter: 2 }],
      [null],
    ],
    partitionOf: [
      (key, partitions) => actor.partitionOf(key, partitions),
      [none, 2],
      [infinite, 2],
      [{}, 2],
      [undefined, 2],
      ["a", 0],
      ["a", none],
      ["a", 1.5],
      ["a"],
    ],
  },
  transport: {
    Codec: [
      (options) => new transport.Codec(options),
      ...changed({}, { limits: { depthMax: none } }, { limits: { nodesMax: -1 } }, { limits: { errorsMax: infinite } }),
      ...changed({}, { limits: { depth: 5 } }, { limits: 5 }, { limits: { bigintBytesMax: "8" } }, { limit: {} }),
      ...changed({}, { reference: {} }, { reference: { is: noop, encode: noop } }, { reference: noop }),
      [null],
      [5],
    ],
    MemoryNetwork: [(given) => new transport.MemoryNetwork(given), [undefined], [{}], [5], [{ now: noop }]],
    MemoryTransport: [
      (given, host) => new transport.MemoryTransport(given, host),
      [undefined],
      [{}],
      [network, 5],
      [network, ""],
      [network, null],
    ],
    WebSocketTransport: [
      (options) => new transport.WebSocketTransport(options),
      [undefined],
      [{ runtime: { now: noop, setTimer: noop } }],
      [{ runtime, upgradeTimeoutMs: none }],
    ],
    Endpoint: [
      (options) => new transport.Endpoint(options),
      [undefined],
      ...changed(endpointOptions, { runtime: {} }, { runtime: undefined }, { transport: {} }, { transport: "tcp" }),
      ...changed(endpointOptions, { handlers: undefined }, { handlers: { onLink: 5 } }, { admit: 5 }, { audit: {} }),
      ...changed(
        endpointOptions,
        { authorize: true },
        { identity: undefined },
        { identity: { ...identity, nodeId: "" } },
      ),
      ...changed(
        endpointOptions,
        { identity: { ...identity, incarnation: none } },
        { identity: { ...identity, nodeId: 5 } },
      ),
      ...changed(endpointOptions, { listen: undefined }, { listen: { host: "a", port: -1 } }, { listen: "a:1" }),
      ...changed(endpointOptions, { advertise: { host: "a" } }, { advertise: { host: "a", port: none } }),
      ...changed(
        endpointOptions,
        { secret: undefined },
        { secret: 5 },
        { secret: null },
        { secret: "" },
        { secret: {} },
      ),
      ...changed(endpointOptions, { secret: [] }, { secret: ["a", 5] }, { secret: ["a", "b", "c", "d", "e"] }),
      ...changed(endpointOptions, { handshakeTimeoutMs: none }, { handshakeTimeoutMs: 0 }, { handshakeTimeoutMs: "5" }),
      ...changed(
        endpointOptions,
        { versions: 1 },
        { versions: { min: 2, max: 1 } },
        { versions: { min: none, max: 1 } },
      ),
      ...changed(
        endpointOptions,
        { channels: [] },
        { channels: "control" },
        { channels: [{ name: "a", priority: 0 }] },
      ),
      ...changed(endpointOptions, { channels: [{ name: "control", priority: none }] }, { chanels: [] }),
    ],
  },
  discovery: {
    LocalDiscovery: [
      (directory, given) => new discovery.LocalDiscovery(directory, given),
      [undefined, runtime],
      ["", runtime],
      [5, runtime],
      ["/tmp/x"],
      ["/tmp/x", {}],
    ],
    StaticDiscovery: [
      (seeds) => new discovery.StaticDiscovery(seeds),
      [undefined],
      ["a:1"],
      [{ length: 1 }],
      [[5]],
      [[null]],
      [[["a:1"]]],
      [new Array(1)],
      [["a:0"]],
    ],
    parseSeed: [(seed) => discovery.parseSeed(seed), [5], [["a:1"]], [undefined], ["a"]],
  },
  cluster: {
    Cluster: [
      (options) => new cluster.Cluster(options),
      [undefined],
      ...changed(clusterOptions, { system: undefined }, { system: {} }, { transport: {} }, { transport: undefined }),
      ...changed(
        clusterOptions,
        { cluster: undefined },
        { cluster: "" },
        { cluster: 5 },
        { secret: 5 },
        { listen: {} },
      ),
      ...changed(
        clusterOptions,
        { discovery: undefined },
        { discovery: {} },
        { discovery: [{}] },
        { discovery: ["a:1"] },
      ),
      ...changed(clusterOptions, { authorize: 5 }, { audit: {} }, { failureDetector: 5 }, { failuredetector: {} }),
      ...changed(clusterOptions, { failureDetector: { intervalMs: none } }, { failureDetector: { intervalMs: -1 } }),
      ...changed(clusterOptions, { failureDetector: { intervalMs: 500, suspectAfterMs: 100 } }),
      ...changed(clusterOptions, { failureDetector: { interval: 5 } }, { failureDetector: { downAfterMs: infinite } }),
      ...changed(clusterOptions, { channels: "control" }, { channels: [{ name: "control", priority: -1 }] }),
    ],
  },
  registry: {
    Registry: [(given) => new registry.Registry(given), [undefined], [{}], [system], ["c"]],
  },
  supervision: {
    HashPlacement: [(ids) => new supervision.HashPlacement(ids), [undefined], ["a"], [[1]], [["a", null]]],
    DistributedSupervisor: [
      (given, names) => new supervision.DistributedSupervisor(given, names),
      [],
      [clusterLike],
      [clusterLike, {}],
      [{}, { register: noop, reserve: noop, release: noop }],
    ],
  },
  runtime: {
    Node: [
      (parts) => new runtimePackage.Node(parts),
      [undefined],
      [{}],
      [{ system }],
      [{ system: {}, cluster: {}, registry: {}, supervisor: {} }],
    ],
  },
  testkit: {
    VirtualTime: [
      (ms) => new testkit.VirtualTime().advance(ms),
      ...[none, -1, infinite, "5", undefined].map((ms) => [ms]),
    ],
    Work: [
      (world, random, gapMsMax) => new testkit.Work(world, random, gapMsMax),
      ...[none, -1, infinite, "5", undefined].map((ms) => [undefined, undefined, ms]),
    ],
    createTestSystem: [(options) => testkit.createTestSystem(options), [{ seed: none }], [{ sead: 1 }]],
    TestSystem: [(options) => new testkit.TestSystem(options), [{ seed: none }], [{ sead: 1 }], [null]],
    TestProbe: [
      (home, options) => new testkit.TestProbe(home, options),
      ["home"],
      [undefined],
      [{}],
      [system, { queueMax: none }],
    ],
    World: [(options) => new testkit.World(options), [undefined], [{ seed: none }], [{ seed: 1, sead: 1 }]],
    SeededRandom: [
      (seed, stream) => new testkit.SeededRandom(seed, stream),
      [none],
      ["1"],
      [1.5],
      [infinite],
      [undefined],
      [1, 5],
    ],
    simulate: [
      (scenario, options) => testkit.simulate(scenario, options),
      [undefined, { seed: 1 }],
      [{}, { seed: 1 }],
      ["registry", { seed: 1 }],
      ...changed({ seed: 1 }, { seed: none }, { seed: "1" }, { nodes: 0 }, { nodes: none }, { kinds: "crash" }).map(
        (args) => [testkit.registryScenario, ...args],
      ),
      ...changed({ seed: 1 }, { kinds: ["Crash"] }, { faultMs: -1 }, { faultMs: infinite }, { gapMsMax: 0 }).map(
        (args) => [testkit.registryScenario, ...args],
      ),
      ...changed({ seed: 1 }, { keep: 1 }, { keep: [none] }, { keep: [-1] }, { node: 3 }).map((args) => [
        testkit.registryScenario,
        ...args,
      ]),
    ],
    ProcessCluster: [
      (options) => testkit.ProcessCluster.open(options),
      [undefined],
      [{}],
      ...changed(
        { program: "x.ts" },
        { program: 5 },
        { program: "" },
        { hosts: "docker" },
        { nodes: 5 },
        { nodes: [] },
      ),
      ...changed({ program: "x.ts" }, { execArgv: "--x" }, { execArgv: [5] }, { env: { A: 5 } }, { env: "A=5" }),
      ...changed({ program: "x.ts" }, { startTimeoutMs: none }, { startTimeoutMs: 0 }, { startTimeoutMs: infinite }),
      ...changed({ program: "x.ts" }, { callTimeoutMs: -1 }, { callTimeoutMs: "5" }, { seed: none }, { seed: 1.5 }),
      ...changed({ program: "x.ts" }, { rate: { mbit: 1, queueMs: 1 } }, { rate: 5 }, { sead: 5 }),
      ...changed({ program: "x.ts", hosts: "namespaces" }, { rate: { mbit: 0, queueMs: 1 } }, { rate: { mbit: 1 } }),
      ...changed({ program: "x.ts", hosts: "namespaces" }, { rate: { mbit: 1, queueMs: none } }),
    ],
    serveNode: [
      (program) => testkit.serveNode(program),
      [undefined],
      [{}],
      [{ start: 5 }],
      [{ start: noop, commands: { a: 5 } }],
      [{ start: noop, command: {} }],
    ],
    discoveryContract: [
      (options) => testkit.discoveryContract(options),
      [undefined],
      [{ name: "a" }],
      ...changed({ name: "a", create: noop }, { name: 5 }, { create: {} }, { cannot: "notify" }, { cannt: {} }),
      ...changed({ name: "a", create: noop }, { cannot: { notify: true } }, { cannot: { notfy: "why" } }),
      ...changed({ name: "a", create: noop }, { cannot: { notify: "" } }),
    ],
    transportContract: [
      (options) => testkit.transportContract(options),
      [undefined],
      [{ create: noop }],
      ...changed(
        { name: "a", create: noop },
        { name: 5 },
        { create: {} },
        { cannot: [] },
        { cannot: { silnt: "why" } },
      ),
      ...changed({ name: "a", create: noop }, { cannot: { silent: 5 } }, { can: {} }),
    ],
    describeContract: [
      (contract, runner) => testkit.describeContract(contract, runner),
      [undefined, { describe, it }],
      [{ name: "a" }, { describe, it }],
      [{ name: "a", cases: [] }],
      [{ name: "a", cases: [] }, { describe }],
      [
        { name: "a", cases: [] },
        { describe, it: noop },
      ],
    ],
  },
};

/** Why what is exported checks no options, and what that holds for. */
const unchecked: Record<string, Record<string, readonly string[]>> = {
  actor: {
    "is extended, and made by a spawn": ["Actor"],
    "is made by the runtime, for its own packages": [
      ..."ActorCell ActorRef ActorStream Deadlines Expiring PendingReply ProgramEvents Protocol RepeatedEvents StormLog ToldInOrder".split(
        " ",
      ),
      "CapturedStack",
      "LineBudget",
      "StreamProducer",
      "counted",
      "inspectAs",
    ],
    "checks options itself": ["OptionTable", "assertRef", "checkValue"],
    "takes any value": [
      ..."describeExit describeExitWithCauses describeIssues escapeText isAbnormal isError isNamedReason isPlainObject isThenable nativeClassOf".split(
        " ",
      ),
      ..."nearestOf otherCopyOf reasonFrom showThrown shown textOf twoCopies".split(" "),
    ],
    "takes what was checked": [
      ..."askRecipient backoffMs channelFor crashFields shouldRestart terminalLines".split(" "),
    ],
    "calls what it is given": [..."callGuarded endingQuietly onUnhandledRejection runOutside withoutStack".split(" ")],
    "is there to bear every log": ["guardLog", "withFields"],
  },
  transport: {
    "holds bytes; Node refuses others": ["ByteReader", "ByteWriter"],
    "takes any value": ["isNodeId", "optionText", "typeShown"],
    "takes what was checked": ["formatAddress", "listenError"],
  },
  discovery: {
    "is for the facade; Node refuses what is no path": [
      ..."directoryUnusable ensurePrivateDirectory hasLivingNodes readPrivateFile writePrivateFile".split(" "),
    ],
  },
  cluster: {
    "is made by the runtime, for its own packages": ["ActorMessages", "HybridClock", "RemoteActor", "compareStamps"],
  },
  registry: {
    "is made by the runtime, for its own packages": ["NamedActor"],
    "takes any value": ["checkName", "isName"],
  },
  runtime: { "takes nothing": ["simulatedHop"] },
  testkit: {
    "is made by a system, a world or a simulation": [
      ..."CheckTally Checks EventsTellTheView FaultHistory FaultScene Ledger Sights SimulatedNetwork".split(" "),
      ..."SimulatedRuntime TestTime Trace".split(" "),
    ],
    "takes what a simulation has made": [
      ..."carryOut checkNamesEqual checkNeverTwo checkNobodyDied checkNothingLeaks checkNothingPending".split(" "),
      ..."checkOneCopy checkViewsEqual checksOf describeFaultPlan describeResult drawFaultPlan".split(" "),
      ..."drawFaultRanges eventually replayCommand shorten worstEffect".split(" "),
    ],
    "refuses with a RangeError": ["faultKind"],
    "takes any value": ["isUnanswered"],
    "takes nothing": ["namespacesUnavailable"],
  },
};

/** Types of options that no table and no schema is made for. */
const typesElsewhere: Record<string, string> = {
  LineOptions: "made by the log itself",
  MailboxLimits: "options of a mailbox that were checked",
  NodeStartOptions: "made by a cluster of processes for its programs",
  ProcessNodeOptions: "Foundation.start checks them, in their process",
  ProgramEventsOptions: "made by the runtime, for its own packages",
  SendOptions: "of each message between nodes: made by the runtime, for its own packages",
  SpawnOptions: "spawnTable, which has the name of node.spawn besides",
  SupervisedSpawnOptions: "spawnTable, which has the name of node.spawn besides",
  TerminalOptions: "made by the log itself",
  TimerOptions: "of a runtime: for those who implement one",
  WriteOptions: "for the facade, which keeps its cookie with them",
};

const isCallable = (value: unknown): value is (...args: never[]) => unknown => typeof value === "function";
/** Errors bear any text and any cause. */
const isErrorClass = (value: object): boolean => "prototype" in value && value.prototype instanceof Error;
const packages: Record<string, object> = {
  actor,
  transport,
  discovery,
  cluster,
  registry,
  supervision,
  runtime: runtimePackage,
  testkit,
};

/** The facade passes on what other packages export. */
const isOfAnother = (each: string): boolean =>
  Object.entries(packages).some(([other, all]) => other !== "runtime" && each in all);

/** An error that names what was wrong, with a code. */
const refusal = expect.objectContaining({
  code: expect.stringMatching(/^invalid(Option|Seed)$/),
  message: expect.stringMatching(
    /allowed|there is no option|is no option|is missing: must be|is not host:port|is no class|is no ref|give |generate |seen /,
  ),
});

describe.each(Object.entries(packages))("[X12] of the package %s", (name, exported) => {
  it("everything that is called or constructed is checked, or has a reason not to be", () => {
    const callable = Object.entries(exported).filter(([, value]) => isCallable(value) && !isErrorClass(value));
    const own = callable.map(([each]) => each).filter((each) => name !== "runtime" || !isOfAnother(each));
    const known = [...Object.keys(checked[name] ?? {}), ...Object.values(unchecked[name] ?? {}).flat()];
    expect(known.toSorted()).toEqual(own.toSorted());
  });

  const cases = Object.entries(checked[name] ?? {}).flatMap(([each, [call, ...wrong]]) =>
    wrong.map((args) => [each, args, call] as const),
  );
  it.each(cases)("%s refuses %o", async (_each, args, call) => {
    const thrown = await new Promise((resolve) =>
      resolve((call as (...all: readonly unknown[]) => unknown)(...args)),
    ).then(
      () => "nothing was thrown",
      // The constructor of an actor, whose error spawn wraps.
      (error: { code?: string; cause?: unknown }) => (error.code === "startFailed" ? error.cause : error),
    );
    expect(thrown).toEqual(refusal);
  });
});

describe("[X12] every exported type of options", () => {
  const packagesFolder = fileURLToPath(new URL("../packages", import.meta.url));
  const folders = readdirSync(packagesFolder, { withFileTypes: true }).filter((each) => each.isDirectory());
  const sourceOf = ({ name }: { name: string }): string[] => {
    const root = join(packagesFolder, name, "src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" });
    const code = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    return code.map((file) => readFileSync(join(root, file), "utf8"));
  };
  const sources = folders.flatMap(sourceOf).join("\n");
  const exported = folders.flatMap(({ name }) => {
    const doors = ["index.ts", "spi.ts"].map((door) => join(packagesFolder, name, "src", door)).filter(existsSync);
    const texts = doors.map((door) => readFileSync(door, "utf8")).join("\n");
    return texts.match(/\b[A-Z]\w*(?:Options|Limits|Settings|Parts)\b/g) ?? [];
  });

  it("has a table or a schema, or a reason to have none", () => {
    const without = [...new Set(exported)].filter(
      (type) => !new RegExp(`\\b(?:OptionTable|ZodType)<(?:Partial<)?${type}\\b`).test(sources),
    );
    expect(without.toSorted()).toEqual(Object.keys(typesElsewhere).toSorted());
  });
});
