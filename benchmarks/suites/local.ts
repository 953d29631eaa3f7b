import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Suite } from "./suite.ts";

/** One process: how much the actors themselves cost. */
export const local: Suite = {
  cases: [
    { case: "tell", unit: "messages/s", better: "higher" },
    { case: "ask", unit: "asks/s", better: "higher" },
    { case: "spawn", unit: "actors/s", better: "higher" },
    { case: "bytes per idle actor", unit: "bytes", better: "lower" },
  ],

  async measure({ signal, progress }) {
    await using processes = await NodeProcesses.open(signal, 60_000);
    const node = await startNode(processes);
    progress("tell");
    const tell = await node.call("tell");
    progress("ask");
    const ask = await node.call("ask");
    progress("spawn");
    const spawn = await node.call("spawn");
    progress("bytes per idle actor");
    // On a heap where nothing else has lived.
    const bytes = await (await startNode(processes)).call("bytesPerActor");
    return { tell, ask, spawn, "bytes per idle actor": bytes };
  },

  measureErlang: () => runErlang("local"),
};

async function startNode(processes: NodeProcesses) {
  const program = "local";
  const node = processes.start<typeof import("../programs/local.ts")>({
    name: "node",
    program,
    flags: ["--expose-gc"],
  });
  await node.call("start");
  return node;
}
