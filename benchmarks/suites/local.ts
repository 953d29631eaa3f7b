import type { Cost } from "../cost.ts";
import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Case, Figures } from "../report.ts";
import type { Suite } from "./suite.ts";

/** One process: how much the actors themselves cost. */
export const local: Suite = {
  cases: [
    ...costCases("tell", "message"),
    ...costCases("ask", "ask"),
    ...costCases("spawn", "actor"),
    { case: "bytes per idle actor", unit: "bytes", better: "lower" },
    ...costCases("ring, 1 token", "message"),
    ...costCases("ring, 100 tokens", "message"),
    ...costCases("fan-out", "delivery"),
    { case: "hot: flood", unit: "messages/s", better: "higher" },
    { case: "hot: ask p50", unit: "ms", better: "lower" },
    { case: "hot: ask p99", unit: "ms", better: "lower" },
    { case: "hot: event loop p99", unit: "ms", better: "lower" },
    ...costCases("stream", "item"),
    ...costCases("restart", "restart"),
    { case: "restart: outage p50", unit: "ms", better: "lower" },
    { case: "restart: outage p99", unit: "ms", better: "lower" },
  ],

  async measure({ signal, progress }) {
    await using processes = await NodeProcesses.open(signal, 90_000);
    const figures: Record<string, number> = {};
    for (const measure of [messages, spawns, idleActor, manyActors, hotActor, stream, restarts]) {
      Object.assign(figures, await measure(processes, progress));
    }
    return figures;
  },

  measureErlang: () => runErlang("local"),
};

type Progress = (text: string) => void;

async function messages(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/local.ts")>(processes, "local");
  await node.call("start");
  progress("tell");
  const tell = await node.call("tell");
  progress("ask");
  const ask = await node.call("ask");
  await node.end();
  return { ...costFigures("tell", tell), ...costFigures("ask", ask) };
}

async function spawns(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/local.ts")>(processes, "local");
  await node.call("start");
  progress("spawn");
  const spawn = await node.call("spawn");
  await node.end();
  return costFigures("spawn", spawn);
}

/** On a heap where nothing else has lived. */
async function idleActor(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/local.ts")>(processes, "local");
  await node.call("start");
  progress("bytes per idle actor");
  const bytes = await node.call("bytesPerActor");
  await node.end();
  return { "bytes per idle actor": bytes };
}

async function manyActors(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/many-actors.ts")>(processes, "many-actors");
  await node.call("start");
  progress("ring");
  const one = await node.call("ring", 1);
  const hundred = await node.call("ring", 100);
  progress("fan-out");
  const fanOut = await node.call("fanOut");
  await node.end();
  return {
    ...costFigures("ring, 1 token", one),
    ...costFigures("ring, 100 tokens", hundred),
    ...costFigures("fan-out", fanOut),
  };
}

async function hotActor(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/hot-actor.ts")>(processes, "hot-actor");
  await node.call("start");
  progress("hot");
  const { flood, askP50, askP99, turnP99 } = await node.call("waits");
  await node.end();
  return { "hot: flood": flood, "hot: ask p50": askP50, "hot: ask p99": askP99, "hot: event loop p99": turnP99 };
}

async function stream(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/stream.ts")>(processes, "stream");
  await node.call("start");
  progress("stream");
  const cost = await node.call("stream");
  await node.end();
  return costFigures("stream", cost);
}

async function restarts(processes: NodeProcesses, progress: Progress): Promise<Figures> {
  const node = startProgram<typeof import("../programs/restarts.ts")>(processes, "restarts");
  await node.call("start");
  progress("restart");
  const restart = await node.call("restart");
  const { p50, p99 } = await node.call("outage");
  await node.end();
  return { ...costFigures("restart", restart), "restart: outage p50": p50, "restart: outage p99": p99 };
}

function startProgram<Program>(processes: NodeProcesses, program: string) {
  return processes.start<Program>({ name: program, program, flags: ["--expose-gc"] });
}

/** How fast it is, and what it allocates. */
function costCases(name: string, unit: string): Case[] {
  const units = unit.endsWith("y") ? `${unit.slice(0, -1)}ies` : `${unit}s`;
  return [
    { case: name, unit: `${units}/s`, better: "higher" },
    { case: `${name}: allocated`, unit: `bytes/${unit}`, better: "lower" },
  ];
}

function costFigures(name: string, { rate, bytes }: Cost): Figures {
  return { [name]: rate, [`${name}: allocated`]: bytes };
}
