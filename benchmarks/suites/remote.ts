import { randomBytes } from "node:crypto";
import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import { remotePeer } from "../peers/npm-peer.ts";
import type { Case, Figures, FiguresBySystem } from "../report.ts";
import { inTurn, merge, type Round } from "../rounds.ts";
import { type Pair, startBarePair, startPair } from "./pair.ts";
import type { Run, Suite } from "./suite.ts";

type WsBatchedTell = typeof import("../ceilings/ws-batched-tell.ts");
type WsBatchedAsk = typeof import("../ceilings/ws-batched-ask.ts");
type WsObjectsTell = typeof import("../ceilings/ws-objects-tell.ts");
type WsObjectsAsk = typeof import("../ceilings/ws-objects-ask.ts");
type WsCredits = typeof import("../ceilings/ws-credits.ts");
type Echo = typeof import("../ceilings/ws-echo.ts") | typeof import("../ceilings/tcp-echo.ts");

/** Measures for so many milliseconds. */
type Measure = (ms: number) => Promise<number>;

/** One case in rounds, and the same done bare. */
interface Row extends Case {
  readonly foundation: (pair: Pair) => Measure;
  /** By what they are done with. */
  readonly ceilings?: Readonly<Record<string, (processes: NodeProcesses) => Promise<Measure>>>;
}

const mebibyte = 1024 * 1024;
const rounds = 5;
const warmUpMs = 500;
const roundMs = 600;

const rows: readonly Row[] = [
  {
    case: "tell 128 B",
    unit: "messages/s",
    better: "higher",
    goals: { erlang: 5, "ws, objects": 0.7 },
    foundation:
      ({ sender }) =>
      (ms) =>
        sender.call("tell", 128, ms),
    ceilings: { "ws, objects": objectsTell(128), "ws, batched": batchedTell(128) },
  },
  {
    case: "tell 1 KiB",
    unit: "messages/s",
    better: "higher",
    goals: { erlang: 5 },
    foundation:
      ({ sender }) =>
      (ms) =>
        sender.call("tell", 1024, ms),
    ceilings: { "ws, objects": objectsTell(1024), "ws, batched": batchedTell(1024) },
  },
  {
    case: "ask sequential",
    unit: "µs",
    better: "lower",
    // At most 1.15 times as long.
    goals: { "ws echo": 1 / 1.15 },
    foundation:
      ({ sender }) =>
      (ms) =>
        sender.call("askSequential", ms),
    ceilings: { "ws echo": echo("ceilings/ws-echo.ts"), "TCP echo": echo("ceilings/tcp-echo.ts") },
  },
  {
    case: "ask 128 in flight",
    unit: "asks/s",
    better: "higher",
    goals: { erlang: 10 },
    foundation:
      ({ sender }) =>
      (ms) =>
        sender.call("askConcurrent", 128, ms),
    ceilings: {
      "ws, objects": async (processes) => {
        const sender = await startBarePair<WsObjectsAsk>(processes, "ceilings/ws-objects-ask.ts");
        return (ms) => sender.call("round", 128, ms);
      },
      "ws, batched": async (processes) => {
        const sender = await startBarePair<WsBatchedAsk>(processes, "ceilings/ws-batched-ask.ts");
        return (ms) => sender.call("round", 128, ms);
      },
    },
  },
  {
    case: "bulk 1 MiB",
    unit: "MB/s",
    better: "higher",
    goals: { "ws with credits": 0.9 },
    foundation:
      ({ sender }) =>
      (ms) =>
        sender.call("bulk", mebibyte, ms),
    ceilings: {
      "ws with credits": async (processes) => {
        const sender = await startBarePair<WsCredits>(processes, "ceilings/ws-credits.ts");
        return (ms) => sender.call("round", mebibyte, ms);
      },
    },
  },
];

/** Two processes on one machine, linked over loopback. */
export const remote: Suite = {
  cases: [
    ...rows.map(({ foundation: _foundation, ceilings: _ceilings, ...each }) => each),
    { case: "CPU of a tell 128 B", unit: "µs", better: "lower" },
    { case: "CPU of a tell 1 KiB", unit: "µs", better: "lower" },
    { case: "CPU of 1 MB bulk", unit: "µs", better: "lower" },
    { case: "CPU of a tell 1 KiB, packed", unit: "µs", better: "lower" },
    { case: "CPU of a state 128 B", unit: "µs", better: "lower" },
    { case: "CPU of a broadcast to 50", unit: "µs", better: "lower" },
    { case: "bytes per idle link", unit: "bytes", better: "lower" },
  ],

  async measure(run) {
    await using processes = await NodeProcesses.open(run.signal, 120_000);
    const pair = await startPair(processes);
    const found: FiguresBySystem[] = [];
    for (const row of rows) found.push(await measureRow(run, pair, row));
    run.progress("processor time");
    found.push({ foundation: await processorTimes(pair) });
    found.push({ foundation: await measureStar(processes, run.progress) });
    const { foundation = {}, ...ceilings } = merge(found);
    return { foundation, ceilings };
  },

  peers: {
    erlang: async () => ({ figures: await runErlang("remote") }),
    moleculer: remotePeer("moleculer"),
    effect: remotePeer("effect"),
  },
};

/** Ours and the same done bare take turns; the processes of a ceiling live as long as its row. */
async function measureRow(run: Run, pair: Pair, row: Row): Promise<FiguresBySystem> {
  run.progress(row.case);
  await using processes = await NodeProcesses.open(run.signal, 60_000);
  const measures: Record<string, Measure> = { foundation: row.foundation(pair) };
  for (const [name, start] of run.alone ? [] : Object.entries(row.ceilings ?? {})) {
    measures[name] = await start(processes);
  }
  for (const measure of Object.values(measures)) await measure(warmUpMs);
  const contenders = Object.entries(measures).map(([name, measure]): [string, Round] => [
    name,
    async () => ({ [row.case]: await measure(roundMs) }),
  ]);
  // Awaited here, before the processes are ended.
  return await inTurn(rounds, Object.fromEntries(contenders));
}

function batchedTell(bytes: number): (processes: NodeProcesses) => Promise<Measure> {
  return async (processes) => {
    const sender = await startBarePair<WsBatchedTell>(processes, "ceilings/ws-batched-tell.ts");
    return (ms) => sender.call("round", bytes, ms);
  };
}

function objectsTell(bytes: number): (processes: NodeProcesses) => Promise<Measure> {
  return async (processes) => {
    const sender = await startBarePair<WsObjectsTell>(processes, "ceilings/ws-objects-tell.ts");
    return (ms) => sender.call("round", bytes, ms);
  };
}

function echo(program: string): (processes: NodeProcesses) => Promise<Measure> {
  return async (processes) => {
    const sender = await startBarePair<Echo>(processes, program);
    return (ms) => sender.call("round", ms);
  };
}

async function processorTimes(pair: Pair): Promise<Figures> {
  return {
    "CPU of a tell 128 B": await processorTime(pair, { bytes: 128, count: 500_000, channel: "control" }),
    "CPU of a tell 1 KiB": await processorTime(pair, { bytes: 1024, count: 200_000, channel: "control" }),
    "CPU of 1 MB bulk": await processorTime(pair, { bytes: 1_000_000, count: 500, channel: "data" }),
    "CPU of a tell 1 KiB, packed": await processorTime(pair, { bytes: 1024, count: 100_000, channel: "packed" }),
    "CPU of a state 128 B": await processorTime(pair, { bytes: 128, count: 500_000, channel: "state" }),
  };
}

/** One node with 50 peers around it. */
async function measureStar(processes: NodeProcesses, progress: (text: string) => void): Promise<Figures> {
  progress("50 peers");
  const count = 50;
  const secret = randomBytes(16).toString("hex");
  const star = { program: "programs/star.ts", flags: ["--expose-gc"] };
  const middle = processes.start<typeof import("../programs/star.ts")>({ name: "middle", ...star });
  const around = processes.start<typeof import("../programs/star.ts")>({ name: "peers", ...star });
  const address = await middle.call("start", { cluster: "none", name: "middle", secret });
  // The first link pays for what all of them share.
  await around.call("join", address, secret, 1);
  await middle.call("linked", 1);
  const before = await middle.call("memory");
  await around.call("join", address, secret, count);
  await middle.call("linked", count);
  const perLink = ((await middle.call("memory")) - before) / (count - 1);
  return { "CPU of a broadcast to 50": await middle.call("broadcastCost", 2000), "bytes per idle link": perLink };
}

/** Processor time of both processes for a message of `bytes` bytes. Unlike a rate it says something on a busy machine too. Microseconds. */
async function processorTime(
  { sender, receiver }: Pair,
  { bytes, count, channel }: { readonly bytes: number; readonly count: number; readonly channel: string },
): Promise<number> {
  const used = async (): Promise<number> =>
    (await sender.call("processorTime")) + (await receiver.call("processorTime"));
  const before = await used();
  await sender.call("tellCount", bytes, count, channel);
  return ((await used()) - before) / count;
}
