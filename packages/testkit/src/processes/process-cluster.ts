import { rm } from "node:fs/promises";
import { join } from "node:path";
import { checkValue, OptionTable, optionRule } from "@foundation/actor/spi";
import { isNodeId } from "@foundation/transport";
import { invalidOption, TestkitError } from "../errors.ts";
import type { PathOptions } from "../network/path.ts";
import { checkDirection, givenOf, processPathTable } from "../network/path-options.ts";
import { diagnose } from "./diagnosis.ts";
import { EventHistory } from "./event-history.ts";
import { NamespaceNetwork } from "./network/namespace-network.ts";
import type { CutOptions, ProcessNetwork, ProcessPathOptions } from "./network/process-network.ts";
import { ProxyNetwork } from "./network/proxy-network.ts";
import { bootNode } from "./node-boot.ts";
import type { NodeProgram, ProcessNodeOptions } from "./node-program.ts";
import { type ClusterSettings, type ProcessClusterOptions, readClusterOptions } from "./process-cluster-options.ts";
import { ProcessNode } from "./process-node.ts";
import { ProcessTable } from "./process-table.ts";
import { makeTestDirectory } from "./test-directory.ts";
import { type WaitOptions, waitTable, waitUntil } from "./wait-until.ts";
import { within } from "./within.ts";

const cutTable = new OptionTable<CutOptions>(
  "cut()",
  { afterBytes: optionRule.wholeNumber({ min: 0 }) },
  invalidOption,
);

/**
 * A cluster of real processes, and everything that can happen to it: the verbs of a `World`, over child processes and real
 * sockets.
 *
 * Every connection from one node to another goes through a TCP proxy of this process, so that the network between them can
 * be cut, split, slowed down and broken. Nothing outlives the cluster: not when the test fails, and not when it is killed.
 *
 * @example
 * ```ts
 * await using cluster = await ProcessCluster.open<typeof program>({ program: new URL("./node.ts", import.meta.url) });
 * const [a, b] = await cluster.startAll("a", "b", "c");
 * cluster.partition(["a"], ["b", "c"]);
 * await cluster.waitUntil("b misses a", async () => (await b.call("members")).length === 2);
 * cluster.heal();
 * ```
 */
export class ProcessCluster<Program extends NodeProgram> implements AsyncDisposable {
  /** Of this cluster alone; removed at the end. Nodes share their cookie and find each other in `shared` in it. */
  readonly directory: string;
  /** Decides about jitter and loss. */
  readonly seed: number;
  readonly #settings: ClusterSettings;
  readonly #network: ProcessNetwork;
  readonly #history = new EventHistory();
  readonly #processes: ProcessTable;
  readonly #nodes = new Map<string, ProcessNode<Program>>();
  readonly #starting = new Set<string>();
  #closing: Promise<void> | undefined;

  private constructor(directory: string, settings: ClusterSettings, network: ProcessNetwork) {
    this.directory = directory;
    this.seed = settings.seed;
    this.#settings = settings;
    this.#network = network;
    this.#processes = new ProcessTable({ settings, network, history: this.#history });
  }

  /**
   * Prepares a cluster without nodes. `Program` is the type of what the program's module makes with `serveNode`.
   *
   * @throws TestkitError `invalidOption`, `unsupported` when namespaces are not available.
   */
  static async open<Program extends NodeProgram>(options: ProcessClusterOptions): Promise<ProcessCluster<Program>> {
    const settings = readClusterOptions(options);
    const network =
      settings.hosts === "loopback" ? new ProxyNetwork(settings.seed) : await NamespaceNetwork.open(settings.rate);
    try {
      return new ProcessCluster<Program>(await makeTestDirectory(), settings, network);
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** The node that was started last under this name, also when it is gone. @throws TestkitError `unknownNode`. */
  get(name: string): ProcessNode<Program> {
    const node = this.#nodes.get(name);
    if (node === undefined) throw this.#processes.unknown(name);
    return node;
  }

  // ---- life of nodes ----

  /**
   * Starts a process and the node in it, or starts it again after its end: a new process with a new incarnation.
   *
   * @throws TestkitError `alreadyRunning`, `startFailed`, `startTimeout`, `invalidOption`; CommandError what the program's
   * `start` threw. Nothing is left of the process then.
   */
  async start(name: string, options: ProcessNodeOptions = {}): Promise<ProcessNode<Program>> {
    this.#assertStartable(name);
    this.#starting.add(name);
    try {
      const place = await this.#network.place(name);
      if (this.#closing !== undefined) throw this.#closed();
      this.#note(`start ${name}`);
      const process = this.#processes.spawn(name, place.prefix);
      const { nodes, startTimeoutMs, callTimeoutMs } = this.#settings;
      const directory = join(this.directory, "shared");
      const all = { directory, simulateRemote: true, ...place.options, ...nodes, ...options };
      const node = new ProcessNode<Program>(process, await bootNode(process, all, startTimeoutMs), callTimeoutMs);
      this.#nodes.set(name, node);
      return node;
    } finally {
      this.#starting.delete(name);
    }
  }

  /** Starts several nodes with the cluster's options at the same moment and waits until each sees all of them. */
  async startAll<const Names extends readonly string[]>(
    ...names: Names
  ): Promise<{ [Index in keyof Names]: ProcessNode<Program> }> {
    const nodes = await Promise.all(names.map((name) => this.start(name)));
    const views = async (): Promise<number[]> => Promise.all(names.map((name) => this.#membersUp(name)));
    await this.waitUntil(`each of ${names.join(", ")} sees all of them`, views, {
      until: (counts) => counts.every((count) => count >= names.length),
      timeoutMs: this.#settings.startTimeoutMs,
    });
    return nodes as { [Index in keyof Names]: ProcessNode<Program> };
  }

  /** Stops a node in order: it leaves the cluster, then its process ends. */
  async stop(name: string): Promise<void> {
    const process = this.#processes.living(name);
    this.#note(`stop ${name}`);
    process.stopping();
    const { callTimeoutMs } = this.#settings;
    await process.ask({ kind: "stop", timeoutMs: undefined }, callTimeoutMs);
    const end = await within(callTimeoutMs, () => process.exited);
    if (end.kind !== "late") return;
    await process.kill();
    throw new TestkitError("callTimeout", `${name} has left, but its process did not end within ${callTimeoutMs} ms`);
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(name: string): Promise<void> {
    const process = this.#processes.living(name);
    this.#note(`kill ${name}`);
    await process.kill();
  }

  /** SIGSTOP: the process runs nothing until {@link thaw}; its connections stay open. */
  freeze(name: string): void {
    const process = this.#processes.living(name);
    this.#note(`freeze ${name}`);
    process.freeze();
  }

  /** SIGCONT. */
  thaw(name: string): void {
    const process = this.#processes.living(name);
    this.#note(`thaw ${name}`);
    process.thaw();
  }

  /** Blocks the event loop of a node. Resolves when that is over, or the process gone. @param durationMs milliseconds. */
  async stall(name: string, durationMs: number): Promise<void> {
    checkValue("the time of a stall", durationMs, optionRule.milliseconds({ min: 0 }));
    const process = this.#processes.living(name);
    this.#note(`stall ${name} ${durationMs} ms`);
    try {
      await process.ask({ kind: "stall", durationMs }, durationMs + this.#settings.callTimeoutMs);
    } catch (error) {
      if (process.state.kind !== "exited") throw error;
    }
  }

  // ---- faults of the network ----

  /**
   * Splits the network: nothing travels between the groups, in both directions, until {@link heal}. What was sent waits, as
   * TCP would keep sending it; dials hang.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#processes.assertKnown(...groups.flat());
    this.#note(`partition ${groups.map((group) => group.join(",")).join(" | ")}`);
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.#network.block(from, to);
      }
    }
  }

  /** Nothing travels from `from` to `to` until {@link heal}; the other direction works, but dials need both. */
  blockOneWay(from: string, to: string): void {
    this.#processes.assertKnown(from, to);
    this.#note(`block ${from}>${to}`);
    this.#network.block(from, to);
  }

  /**
   * What `from` sends to `to` vanishes while both sockets stay open, until {@link heal}: a peer that was unplugged, a
   * firewall that forgot the connection. Call it for both directions if nothing is to get through. Healing resets the
   * connections that lost something.
   */
  halfOpen(from: string, to: string): void {
    this.#processes.assertKnown(from, to);
    this.#note(`half-open ${from}>${to}`);
    this.#network.swallow(from, to);
  }

  /** Ends all partitions. */
  heal(): void {
    this.#note("heal");
    this.#network.heal();
  }

  /** Resets the connections between two nodes; they may link again at once. */
  cut(a: string, b: string, options: CutOptions = {}): void {
    cutTable.check(options);
    this.#processes.assertKnown(a, b);
    this.#note(`cut ${a} ${b}${options.afterBytes === undefined ? "" : ` after ${options.afterBytes} bytes`}`);
    this.#network.cut(a, b, options);
  }

  /** Sets the delay of one direction between two nodes, or of all others. */
  delay(options: Partial<Pick<PathOptions, "delayMs" | "jitterMs">>, from?: string, to?: string): void {
    this.path(options, from, to);
  }

  /** Sets delay, jitter, loss, bandwidth and dropped messages, of one direction between two nodes or of all others. */
  path(options: Partial<ProcessPathOptions>, from?: string, to?: string): void {
    processPathTable.check(options);
    checkDirection(from, to);
    this.#processes.assertKnown(...[from, to].filter((name) => name !== undefined));
    this.#note(`path ${from ?? "*"}>${to ?? "*"} ${JSON.stringify(options)}`);
    this.#network.setPath(givenOf(options), from, to);
  }

  // ---- waiting ----

  /**
   * Looks again and again until what is read is good, and gives it back. A read that throws is repeated, too.
   *
   * @param what completes "waited until …".
   * @throws TestkitError `waitTimeout` with the last value seen and a {@link diagnosis}.
   */
  async waitUntil<T>(what: string, read: () => Promise<T> | T, options: WaitOptions<T> = {}): Promise<T> {
    checkValue("what is waited for", what, optionRule.text);
    checkValue("how waitUntil() looks", read, optionRule.callback);
    waitTable.check(options);
    return waitUntil({ what, read, diagnose: () => this.diagnosis(), ...options });
  }

  /** What each node sees, what the network does, and the last events of all. Does not wait for nodes that are frozen. */
  diagnosis(): Promise<string> {
    return diagnose({
      seed: this.seed,
      processes: this.#processes,
      network: this.#network.describe(),
      history: this.#history,
    });
  }

  /** Kills all processes and removes everything. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#processes.killAll();
      await this.#network.close();
    } finally {
      await rm(this.directory, { recursive: true, force: true });
    }
  }

  async #membersUp(name: string): Promise<number> {
    const inspection = await this.#processes.living(name).ask({ kind: "inspect" }, this.#settings.callTimeoutMs);
    const { members } = inspection as { members: readonly { status: string }[] };
    return members.filter(({ status }) => status === "up").length;
  }

  #assertStartable(name: string): void {
    if (this.#closing !== undefined) throw this.#closed();
    if (!isNodeId(name)) throw new TestkitError("invalidOption", `${JSON.stringify(name)} is no name of a node`);
    if (this.#processes.isLiving(name) || this.#starting.has(name))
      throw new TestkitError("alreadyRunning", `${name} runs already; kill or stop it first`);
  }

  #closed(): TestkitError {
    return new TestkitError("clusterClosed", "this cluster is closed; open another one");
  }

  #note(what: string): void {
    this.#history.add("cluster", what);
  }
}
