// The choreography of failover.erl: who is killed when, and how long the others were without the singleton.
import type { Child } from "./child.ts";
import type { ErlangVms } from "./erlang-vms.ts";

const names = ["a", "b", "c"].map((name) => ({ name, node: `${name}@127.0.0.1` }));

/** Milliseconds until one survivor, and until all survivors, got an answer from the singleton's next host. */
interface Outage {
  readonly first: number;
  readonly all: number;
}

type Loss = (host: Child) => void;

const kill: Loss = (host) => host.signal("SIGKILL");
const leave: Loss = (host) => host.write("leave");
const freeze: Loss = (host) => host.signal("SIGSTOP");

/** Runs the trials; `freeze: all` only when asked, for it takes a minute of `net_ticktime`. */
export async function runFailover(
  vms: ErlangVms,
  options: { trials: number; freeze: boolean },
): Promise<Map<string, number>> {
  const cluster = await Cluster.start(vms);
  const kills = await cluster.outages(kill, options.trials);
  const leaves = await cluster.outages(leave, options.trials);
  const results = new Map([
    ["kill: first", median(kills.map(({ first }) => first))],
    ["kill: all", median(kills.map(({ all }) => all))],
    ["leave: all", median(leaves.map(({ all }) => all))],
  ]);
  if (options.freeze) {
    const freezes = await cluster.outages(freeze, 1);
    results.set("freeze: all", median(freezes.map(({ all }) => all)));
  }
  return results;
}

/** Three nodes, one of which hosts the singleton. */
class Cluster {
  readonly #vms: ErlangVms;
  readonly #nodes = new Map<string, Child>();
  #host = "";

  private constructor(vms: ErlangVms) {
    this.#vms = vms;
  }

  static async start(vms: ErlangVms): Promise<Cluster> {
    const cluster = new Cluster(vms);
    await Promise.all(names.map(({ node }) => cluster.#join(node)));
    return cluster;
  }

  /** Loses the host `trials` times, each time starting it again afterwards. */
  async outages(lose: Loss, trials: number): Promise<Outage[]> {
    const outages: Outage[] = [];
    for (let trial = 0; trial < trials; trial++) outages.push(await this.#outage(lose));
    return outages;
  }

  async #outage(lose: Loss): Promise<Outage> {
    const lost = this.#host;
    const host = this.#node(lost);
    const survivors = [...this.#nodes.values()].filter((vm) => vm !== host);
    for (const survivor of survivors) survivor.write(`probe ${lost}`);
    await Promise.all(survivors.map((survivor) => survivor.line("probing")));
    const start = performance.now();
    lose(host);
    const answers = await Promise.all(survivors.map((survivor) => survivor.line("answered ")));
    const waits = answers.map(({ at }) => at - start);
    if (lose === freeze) host.signal("SIGKILL");
    await host.exited();
    await this.#join(lost);
    return { first: Math.min(...waits), all: Math.max(...waits) };
  }

  /** Starts a node and waits until it, too, gets answers from the singleton. */
  async #join(node: string): Promise<void> {
    const others = names.filter((other) => other.node !== node);
    const name = node.slice(0, node.indexOf("@"));
    const vm = await this.#vms.run(["failover", ...others.map((other) => other.node)], { name });
    this.#nodes.set(node, vm);
    const ready = await vm.line("ready ");
    this.#host = ready.text.slice("ready ".length);
  }

  #node(node: string): Child {
    const vm = this.#nodes.get(node);
    if (vm === undefined) throw new Error(`The singleton is on ${node}, which is none of ours.`);
    return vm;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
