import { randomBytes } from "node:crypto";
import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Figures } from "../report.ts";
import { type Pair, startPair } from "./pair.ts";
import type { Suite } from "./suite.ts";

/** Two processes on one machine, linked over loopback. */
export const remote: Suite = {
  cases: [
    { case: "tell 128 B", unit: "messages/s", better: "higher" },
    { case: "tell 1 KiB", unit: "messages/s", better: "higher" },
    { case: "ask sequential", unit: "µs", better: "lower" },
    { case: "ask 128 in flight", unit: "asks/s", better: "higher" },
    { case: "bulk 1 MiB", unit: "MB/s", better: "higher" },
    { case: "CPU of a tell 128 B", unit: "µs", better: "lower" },
    { case: "CPU of a tell 1 KiB", unit: "µs", better: "lower" },
    { case: "CPU of 1 MB bulk", unit: "µs", better: "lower" },
    { case: "CPU of a tell 1 KiB, packed", unit: "µs", better: "lower" },
    { case: "CPU of a state 128 B", unit: "µs", better: "lower" },
    { case: "CPU of a broadcast to 50", unit: "µs", better: "lower" },
    { case: "bytes per idle link", unit: "bytes", better: "lower" },
  ],

  async measure({ signal, progress }) {
    await using processes = await NodeProcesses.open(signal, 60_000);
    const pair = await startPair(processes);
    const { sender } = pair;
    progress("tell 128 B");
    const small = await sender.call("tell", 128);
    progress("tell 1 KiB");
    const large = await sender.call("tell", 1024);
    progress("ask sequential");
    const sequential = await sender.call("askSequential");
    progress("ask 128 in flight");
    const inFlight = await sender.call("askConcurrent", 128);
    progress("bulk 1 MiB");
    const bulk = await sender.call("bulk", 1024 * 1024);
    progress("processor time");
    return {
      "tell 128 B": small,
      "tell 1 KiB": large,
      "ask sequential": sequential,
      "ask 128 in flight": inFlight,
      "bulk 1 MiB": bulk,
      "CPU of a tell 128 B": await processorTime(pair, { bytes: 128, count: 500_000, channel: "control" }),
      "CPU of a tell 1 KiB": await processorTime(pair, { bytes: 1024, count: 200_000, channel: "control" }),
      "CPU of 1 MB bulk": await processorTime(pair, { bytes: 1_000_000, count: 500, channel: "data" }),
      "CPU of a tell 1 KiB, packed": await processorTime(pair, { bytes: 1024, count: 100_000, channel: "packed" }),
      "CPU of a state 128 B": await processorTime(pair, { bytes: 128, count: 500_000, channel: "state" }),
      ...(await measureStar(processes, progress)),
    };
  },

  measureErlang: () => runErlang("remote"),
};

/** One node with 50 peers around it. */
async function measureStar(processes: NodeProcesses, progress: (text: string) => void): Promise<Figures> {
  progress("50 peers");
  const count = 50;
  const secret = randomBytes(16).toString("hex");
  const star = { program: "star", flags: ["--expose-gc"] };
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
