import type { Cost } from "../cost.ts";
import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Case, Figures, FiguresBySystem } from "../report.ts";
import { inTurn, merge } from "../rounds.ts";
import type { Run, Suite } from "./suite.ts";

/** The programs that do their work in rounds. */
interface RoundPrograms {
  readonly "programs/local.ts": typeof import("../programs/local.ts");
  readonly "programs/many-actors.ts": typeof import("../programs/many-actors.ts");
  readonly "programs/stream.ts": typeof import("../programs/stream.ts");
  readonly "programs/restarts.ts": typeof import("../programs/restarts.ts");
}

/** The same done bare. */
interface BarePrograms {
  readonly "ceilings/ring-buffer.ts": typeof import("../ceilings/ring-buffer.ts");
  readonly "ceilings/bare-objects.ts": typeof import("../ceilings/bare-objects.ts");
  readonly "ceilings/map-read.ts": typeof import("../ceilings/map-read.ts");
}

interface Ceiling {
  readonly name: string;
  readonly program: keyof BarePrograms;
}

/** Work that comes in rounds of the same amount. */
interface RoundedWork {
  readonly name: string;
  /** What is counted, in the singular. */
  readonly unit: string;
  readonly program: keyof RoundPrograms;
  readonly ceiling?: Ceiling;
  readonly goal?: number;
  readonly goals?: NonNullable<Case["goals"]>;
}

const ringBuffer: Ceiling = { name: "ring buffer", program: "ceilings/ring-buffer.ts" };
const bareObjects = { name: "bare objects", program: "ceilings/bare-objects.ts" } as const;
const mapRead: Ceiling = { name: "Map read", program: "ceilings/map-read.ts" };

const works: readonly RoundedWork[] = [
  { name: "tell", unit: "message", program: "programs/local.ts", ceiling: ringBuffer, goals: { erlang: 1.5 } },
  { name: "ask", unit: "ask", program: "programs/local.ts", goals: { erlang: 3 } },
  { name: "spawn", unit: "actor", program: "programs/local.ts", ceiling: bareObjects, goals: { erlang: 2 } },
  { name: "ring, 1 token", unit: "message", program: "programs/many-actors.ts" },
  { name: "ring, 100 tokens", unit: "message", program: "programs/many-actors.ts", goals: { erlang: 1.2 } },
  { name: "fan-out", unit: "delivery", program: "programs/many-actors.ts" },
  { name: "lookup", unit: "lookup", program: "programs/local.ts", ceiling: mapRead, goal: 3_300_000 },
  { name: "stream", unit: "item", program: "programs/stream.ts" },
  { name: "restart", unit: "restart", program: "programs/restarts.ts" },
];

const rounds = 5;

/** One process: how much the actors themselves cost. */
export const local: Suite = {
  cases: [
    ...works.flatMap(costCases),
    { case: "bytes per idle actor", unit: "bytes", better: "lower", goal: 400 },
    { case: "hot: flood", unit: "messages/s", better: "higher", goals: { erlang: 1.2 } },
    { case: "hot: ask p50", unit: "ms", better: "lower", goal: 0.02 },
    { case: "hot: ask p99", unit: "ms", better: "lower" },
    { case: "hot: event loop p99", unit: "ms", better: "lower" },
    { case: "restart: outage p50", unit: "ms", better: "lower" },
    { case: "restart: outage p99", unit: "ms", better: "lower" },
  ],

  async measure(run) {
    await using processes = await NodeProcesses.open(run.signal, 180_000);
    const found: FiguresBySystem[] = [];
    for (const work of works) found.push(await measureWork(processes, run, work));
    found.push(await idleActor(processes, run));
    found.push({ foundation: await hotActor(processes, run) });
    found.push({ foundation: await outages(processes, run) });
    const { foundation = {}, ...ceilings } = merge(found);
    return { foundation, ceilings };
  },

  peers: { erlang: async () => ({ figures: await runErlang("local") }) },
};

/** Ours and the same done bare take turns, each in a process of its own where nothing else has run. */
async function measureWork(processes: NodeProcesses, run: Run, work: RoundedWork): Promise<FiguresBySystem> {
  run.progress(work.name);
  const node = startProgram<RoundPrograms[keyof RoundPrograms]>(processes, work.program);
  await node.call("start");
  const bare =
    work.ceiling === undefined || run.alone
      ? undefined
      : {
          name: work.ceiling.name,
          process: startProgram<BarePrograms[keyof BarePrograms]>(processes, work.ceiling.program),
        };
  const figures = await inTurn(rounds, {
    foundation: async () => costFigures(work.name, await node.call("round", work.name)),
    ...(bare === undefined
      ? {}
      : { [bare.name]: async () => costFigures(work.name, await bare.process.call("round", work.name)) }),
  });
  const bytes = await node.call("allocated", work.name);
  await Promise.all([node.end(), bare?.process.end()]);
  return merge([figures, { foundation: { [`${work.name}: allocated`]: bytes } }]);
}

/** On heaps where nothing else has lived. */
async function idleActor(processes: NodeProcesses, run: Run): Promise<FiguresBySystem> {
  const name = "bytes per idle actor";
  run.progress(name);
  const node = startProgram<RoundPrograms["programs/local.ts"]>(processes, "programs/local.ts");
  await node.call("start");
  const foundation = { [name]: await node.call("bytesPerActor") };
  await node.end();
  if (run.alone) return { foundation };
  const bare = startProgram<BarePrograms[typeof bareObjects.program]>(processes, bareObjects.program);
  const ceiling = { [name]: await bare.call("bytesPerActor") };
  await bare.end();
  return { foundation, [bareObjects.name]: ceiling };
}

async function hotActor(processes: NodeProcesses, run: Run): Promise<Figures> {
  const node = startProgram<typeof import("../programs/hot-actor.ts")>(processes, "programs/hot-actor.ts");
  await node.call("start");
  run.progress("hot");
  const { flood, askP50, askP99, turnP99 } = await node.call("waits");
  await node.end();
  return { "hot: flood": flood, "hot: ask p50": askP50, "hot: ask p99": askP99, "hot: event loop p99": turnP99 };
}

async function outages(processes: NodeProcesses, run: Run): Promise<Figures> {
  const node = startProgram<RoundPrograms["programs/restarts.ts"]>(processes, "programs/restarts.ts");
  await node.call("start");
  run.progress("restart: outage");
  const { p50, p99 } = await node.call("outage");
  await node.end();
  return { "restart: outage p50": p50, "restart: outage p99": p99 };
}

function startProgram<Program>(processes: NodeProcesses, program: string) {
  return processes.start<Program>({ name: program, program, flags: ["--expose-gc"] });
}

/** How fast it is, and what it takes and allocates. */
function costCases({ name, unit, program: _program, ceiling: _ceiling, ...goals }: RoundedWork): Case[] {
  const units = unit.endsWith("y") ? `${unit.slice(0, -1)}ies` : `${unit}s`;
  return [
    { case: name, unit: `${units}/s`, better: "higher", ...goals },
    { case: `${name}: CPU`, unit: `ns/${unit}`, better: "lower" },
    { case: `${name}: allocated`, unit: `bytes/${unit}`, better: "lower" },
  ];
}

function costFigures(name: string, { rate, cpuNs }: Cost): Figures {
  return { [name]: rate, [`${name}: CPU`]: cpuNs };
}
