import { type NodeProcess, NodeProcesses } from "../node-processes.ts";
import type { Run, Suite } from "./suite.ts";

type SingletonsProcess = NodeProcess<typeof import("../programs/singletons.ts")>;

const nodeNames = ["a", "b", "c", "d", "e"];
const counts = [1_000, 4_000];

/** Five processes that keep many singletons running, one of which is killed. */
export const singletons: Suite = {
  cases: counts.flatMap((count) =>
    [`${count}: start`, `${count}: fail over`, `${count}: longest stall`].map((name) => ({
      case: name,
      unit: "ms" as const,
      better: "lower" as const,
    })),
  ),

  async measure(run) {
    const figures: Record<string, number> = {};
    for (const count of counts) Object.assign(figures, await measureOne(run, count));
    return { foundation: figures, ceilings: {} };
  },

  // OTP has no singletons by the thousand: `global` takes a cluster-wide lock for each name.
  peers: {},
};

async function measureOne(run: Run, count: number): Promise<Record<string, number>> {
  await using processes = await NodeProcesses.open(run.signal, 300_000);
  const nodes: SingletonsProcess[] = nodeNames.map((name) =>
    processes.start({ name, program: "programs/singletons.ts" }),
  );
  await Promise.all(nodes.map((node) => node.call("join", node.name, processes.directory, nodeNames.length)));
  const [first, ...others] = nodes as [SingletonsProcess, ...SingletonsProcess[]];
  const startMs = await first.call("startAll", count);
  await Promise.all(nodes.map((node) => node.call("settled", count)));
  const lost = others.at(-1) as SingletonsProcess;
  const survivors = nodes.filter((node) => node !== lost);
  const moved = await lost.call("hosted");
  const recovered = survivors.map((node) => node.call("settled", count, lost.name));
  lost.kill();
  const recoveries = await Promise.all(recovered);
  const failOverMs = Math.max(...recoveries.map(({ ms }) => ms));
  const stallMs = Math.max(...recoveries.map((each) => each.stallMs));
  const wrong = recoveries.flatMap(({ deaths }) => deaths).filter((name) => name !== lost.name);
  run.progress(
    `${count}: started in ${startMs.toFixed(0)} ms, ${moved} moved in ${failOverMs.toFixed(0)} ms, stall ${stallMs.toFixed(0)} ms, ${wrong.length} false deaths`,
  );
  return { [`${count}: start`]: startMs, [`${count}: fail over`]: failOverMs, [`${count}: longest stall`]: stallMs };
}
