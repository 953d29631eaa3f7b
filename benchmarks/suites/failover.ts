import { type NodeProcess, NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import { median } from "../statistics.ts";
import type { Run, Suite } from "./suite.ts";

type FailoverProcess = NodeProcess<typeof import("../programs/failover.ts")>;

/** How the host is lost; resolves when its process may be ended. */
type Loss = (host: FailoverProcess, survivors: readonly FailoverProcess[]) => Promise<unknown>;

/** Milliseconds until one survivor, and until all survivors, got an answer from the singleton's next host. */
interface Outage {
  readonly firstMs: number;
  readonly allMs: number;
  /** Codes of the survivors' asks that failed. */
  readonly failures: readonly string[];
}

const nodeNames = ["a", "b", "c"];
const trials = 8;
// Each takes seconds, nearly all of them spent waiting, so they differ little.
const freezeTrials = 3;

const kill: Loss = async (host) => host.kill();
const leave: Loss = (host) => host.call("leave");
const freeze: Loss = async (host, survivors) => {
  await Promise.all(survivors.map((survivor) => survivor.call("guard", host.pid)));
  host.freeze();
};

/** Three processes, one of which hosts a singleton and is lost: how long the others are without it. */
export const failover: Suite = {
  cases: ["kill: first", "kill: all", "leave: all", "freeze: all"].map((name) => ({
    case: name,
    unit: "ms",
    better: "lower",
  })),

  async measure(run) {
    await using processes = await NodeProcesses.open(run.signal, 180_000);
    const cluster = await FailoverCluster.start(processes);
    const kills = await measureOutages(run, cluster, { name: "kill", loss: kill, trials });
    const leaves = await measureOutages(run, cluster, { name: "leave", loss: leave, trials });
    const freezes = await measureOutages(run, cluster, { name: "freeze", loss: freeze, trials: freezeTrials });
    const failed = leaves.flatMap(({ failures }) => failures);
    if (failed.length > 0) run.progress(`${failed.length} asks failed while a node left: ${[...new Set(failed)]}`);
    const foundation = {
      "kill: first": median(kills.map(({ firstMs }) => firstMs)),
      "kill: all": median(kills.map(({ allMs }) => allMs)),
      "leave: all": median(leaves.map(({ allMs }) => allMs)),
      "freeze: all": median(freezes.map(({ allMs }) => allMs)),
    };
    return { foundation, ceilings: {} };
  },

  peers: {
    erlang: async ({ freezePeers }) => ({ figures: await runErlang("failover", { trials, freeze: freezePeers }) }),
  },
};

async function measureOutages(
  { progress }: Run,
  cluster: FailoverCluster,
  { name, loss, trials }: { readonly name: string; readonly loss: Loss; readonly trials: number },
): Promise<Outage[]> {
  const outages: Outage[] = [];
  for (let trial = 1; trial <= trials; trial++) {
    const outage = await cluster.lose(loss);
    const { firstMs, allMs, failures } = outage;
    progress(
      `${name} ${trial}: first ${firstMs.toFixed(1)} ms, all ${allMs.toFixed(1)} ms, ${failures.length} failed asks`,
    );
    outages.push(outage);
  }
  return outages;
}

/** Three nodes, one of which hosts the singleton. */
class FailoverCluster {
  readonly #processes: NodeProcesses;
  readonly #nodes = new Map<string, FailoverProcess>();

  private constructor(processes: NodeProcesses) {
    this.#processes = processes;
  }

  static async start(processes: NodeProcesses): Promise<FailoverCluster> {
    const cluster = new FailoverCluster(processes);
    await Promise.all(nodeNames.map((name) => cluster.#join(name)));
    return cluster;
  }

  /** Loses the host of the singleton, waits until all survivors reach the next one, and starts the lost node again. */
  async lose(loss: Loss): Promise<Outage> {
    const [any] = this.#nodes.values();
    const lost = (await any?.call("host")) ?? "";
    const host = this.#nodes.get(lost);
    if (host === undefined) throw new Error(`The singleton is on ${JSON.stringify(lost)}, which is none of ours.`);
    const survivors = [...this.#nodes.values()].filter((each) => each !== host);

    const probes = survivors.map((survivor) => survivor.call("probe", lost));
    // Answered after the probe's first ask: from here on every survivor is asking.
    await Promise.all(survivors.map((survivor) => survivor.call("host")));
    const start = performance.now();
    const answers = Promise.all(probes.map(async (probe) => ({ ...(await probe), ms: performance.now() - start })));
    const [found] = await Promise.all([answers, loss(host, survivors)]);

    await this.#replace(host, survivors);
    const waits = found.map(({ ms }) => ms);
    const failures = found.flatMap((answer) => answer.failures);
    return { firstMs: Math.min(...waits), allMs: Math.max(...waits), failures };
  }

  async #replace(host: FailoverProcess, survivors: readonly FailoverProcess[]): Promise<void> {
    host.kill();
    await host.exited;
    await Promise.all(survivors.map((survivor) => survivor.call("guard", undefined)));
    await this.#join(host.name);
    await Promise.all(survivors.map((survivor) => survivor.call("ready", nodeNames.length)));
  }

  async #join(name: string): Promise<void> {
    const started: FailoverProcess = this.#processes.start({ name, program: "programs/failover.ts" });
    this.#nodes.set(name, started);
    await started.call("join", name, this.#processes.directory, nodeNames.length);
  }
}
