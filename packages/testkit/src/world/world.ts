import type { LogEvent } from "@foundation/actor";
import { checkValue, isError, OptionTable, optionRule } from "@foundation/actor/spi";
import { Foundation, type FoundationOptions, type Member, type MembershipEvents, type Node } from "@foundation/runtime";
import { invalidOption } from "../errors.ts";
import type { PathOptions } from "../network/path.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import type { Death } from "./death.ts";
import { diagnose } from "./diagnosis.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type DiscoveryMode, SimulatedDirectory } from "./simulated-directory.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Settings of a {@link World}. */
export interface WorldOptions {
  /** Decides everything that is left to chance. */
  readonly seed: number;
}

const optionTable = new OptionTable<WorldOptions>(
  "World",
  { seed: optionRule.required(optionRule.wholeNumber()) },
  invalidOption,
);

const durationRule = optionRule.milliseconds({ min: 0 });
const modeRule = optionRule.oneOf("right", "empty", "failing", "slow", "repeating");
const waitTable = new OptionTable<{ readonly timeoutMs?: number }>(
  "waitUntil()",
  { timeoutMs: durationRule },
  invalidOption,
);

/** A complete node in a world. */
export interface SimulatedNode {
  readonly name: string;
  readonly node: Node;
  readonly runtime: SimulatedRuntime;
}

/** Virtual milliseconds that {@link World.settle} waits at most, unless told otherwise. */
const settleMsDefault = 600_000;

/**
 * A whole cluster in one process: the nodes run the code they run in production, on virtual time and a seeded network.
 *
 * Each node is a process on a host of its own, of the same name. The same seed gives the same run, event by event, so a
 * failure is replayed by its seed.
 *
 * @example
 * ```ts
 * const world = new World({ seed: 42 });
 * const [n1, n2] = await world.startAll("n1", "n2");
 * world.kill("n1");
 * await world.until(() => n2.node.members().length === 1);
 * ```
 */
export class World {
  readonly seed: number;
  readonly time: VirtualTime = new VirtualTime();
  readonly network: SimulatedNetwork;
  readonly trace: Trace = new Trace();
  /** Every verdict that a node was dead, right or wrong. */
  readonly deaths: Death[] = [];
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #directory = new SimulatedDirectory();
  #processes = 0;
  #stranger: SimulatedRuntime | undefined;

  /** @throws TestkitError `invalidOption`. */
  constructor(options: WorldOptions) {
    optionTable.check(options);
    const { seed } = options;
    this.seed = seed;
    this.network = new SimulatedNetwork(this.time, this.random("network"), (route, what, isFrame) =>
      // Frames are too many to be read, and would leave no room for what is.
      this.trace.add(this.time.now, route, what, !isFrame),
    );
  }

  /** Random numbers that depend on the seed and `stream` alone. */
  random(stream: string): SeededRandom {
    return new SeededRandom(this.seed, stream);
  }

  /** The nodes that run or stand still, in order of start. */
  get nodes(): SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** The node of this name. @throws RangeError when it does not run. */
  get(name: string): SimulatedNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new RangeError(`no node ${name} runs in this world`);
    return node;
  }

  /** The newest process of this name, also while it boots and after its end. @throws RangeError when there was none. */
  process(name: string): SimulatedRuntime {
    const process = this.#hosts.get(name)?.process;
    if (process === undefined) throw new RangeError(`no node ${name} was started in this world`);
    return process;
  }

  // ---- life of nodes ----

  /** Boots a node, or boots it again after a crash: a new process with a new incarnation. */
  start(name: string, options: FoundationOptions = {}): Promise<SimulatedNode> {
    return this.settle(this.boot(name, options));
  }

  /**
   * Boots a node without letting time pass: what {@link start} does, for use while something else moves time.
   *
   * @returns settles when it has started; never when its process dies before that.
   */
  async boot(name: string, options: FoundationOptions = {}): Promise<SimulatedNode> {
    const runtime = this.#newProcess(name);
    const node = await Foundation.start({
      name,
      host: name,
      port: 0,
      cluster: "none",
      clusterName: "world",
      // Given, or variables of the environment would stand for them.
      seeds: [],
      secret: "the secret of a simulated world",
      insecure: true,
      simulateRemote: true,
      runtime,
      transport: this.network.transport(name, runtime),
      discovery: [this.#directory.strategy(name, runtime)],
      ...options,
    });
    this.#observe(name, node);
    const started = { name, node, runtime };
    this.#nodes.set(name, started);
    return started;
  }

  /** Boots several nodes one after the other and lets time pass until each sees all. */
  async startAll<const Names extends readonly string[]>(
    ...names: Names
  ): Promise<{ [Index in keyof Names]: SimulatedNode }> {
    const started: SimulatedNode[] = [];
    for (const name of names) started.push(await this.start(name));
    await this.settle(Promise.all(started.map(({ node }) => node.ready({ size: names.length }))));
    // One for each name, in the same order.
    return started as { [Index in keyof Names]: SimulatedNode };
  }

  /** Stops a node in order. */
  async stop(name: string): Promise<void> {
    const { node } = this.get(name);
    this.#note(name, "stop");
    await this.settle(node.stop());
    this.#nodes.delete(name);
    this.process(name).die();
  }

  /** `kill -9`, also while it boots: the process is gone at once, its connections break. */
  kill(name: string): void {
    const process = this.#end(name, "kill");
    this.network.processDied(process);
  }

  /** Power loss: the process is gone, and the others hear nothing at all of its host until it is started again. */
  powerLoss(name: string): void {
    const process = this.#end(name, "power loss");
    this.network.powerLost(name, process);
  }

  /** SIGSTOP: the process runs nothing until {@link thaw}, and then reads what has come in before its timers fire. */
  freeze(name: string): void {
    this.#note(name, "freeze");
    this.process(name).standStill("paused");
  }

  /**
   * Code that holds the event loop: as {@link freeze}, but timers may fire before input is read.
   *
   * @param durationMs virtual milliseconds. Default: until {@link thaw}.
   */
  stall(name: string, durationMs?: number): void {
    if (durationMs !== undefined) checkValue("the time of a stall", durationMs, durationRule);
    this.#note(name, "stall");
    const process = this.process(name);
    process.standStill("stalled");
    if (durationMs === undefined) return;
    this.time.schedule(durationMs, () => {
      if (process === this.#host(name).process && process.state === "paused") this.thaw(name);
    });
  }

  /** Ends {@link freeze} and {@link stall}. */
  thaw(name: string): void {
    this.#note(name, "thaw");
    this.process(name).resume();
  }

  /** Makes a host's wall clock jump; it stays so over restarts. @param byMs milliseconds, negative to go back. */
  jumpClock(name: string, byMs: number): void {
    checkValue("the jump of a clock", byMs, optionRule.finiteNumber());
    this.#note(name, `clock ${byMs} ms`);
    this.#host(name).clockOffsetMs += byMs;
  }

  /** Changes how discovery answers a node, until {@link discoveryRight}. */
  discovery(name: string, mode: DiscoveryMode): void {
    checkValue("how discovery answers", mode, modeRule);
    this.#note(name, `discovery ${mode}`);
    this.#directory.setMode(name, mode);
  }

  /** Discovery answers all nodes as it should. */
  discoveryRight(): void {
    this.#note("world", "discovery right");
    this.#directory.setRight();
  }

  // ---- faults of the network ----

  /** Splits the network: nothing travels between the groups, in both directions, until {@link heal}. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#note("world", `partition ${groups.map((group) => group.join(",")).join(" | ")}`);
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.network.block(from, to);
      }
    }
  }

  /** Nothing travels from `from` to `to` until {@link heal}; the other direction works. */
  blockOneWay(from: string, to: string): void {
    this.#note("world", `block ${from}>${to}`);
    this.network.block(from, to);
  }

  /** Ends all partitions. */
  heal(): void {
    this.#note("world", "heal");
    this.network.unblockAll();
  }

  /** Resets the connections between two nodes, at any byte of what is on its way; they may link again at once. */
  cut(a: string, b: string): void {
    this.#note("world", `cut ${a} ${b}`);
    this.network.cut(a, b);
  }

  /** Resets the connection from `from` to `to` that carries the byte after the next `bytes`, in the middle of its frame. */
  resetAfter(from: string, to: string, bytes: number): void {
    this.#note("world", `reset ${from}>${to} after ${bytes}`);
    this.network.resetAfter(from, to, bytes);
  }

  /**
   * Loses connections between two nodes without a word: what is sent on them goes nowhere, and neither end hears of it.
   *
   * @param share the probability of each connection to be lost. Default 1: all.
   */
  sever(a: string, b: string, share?: number): void {
    this.#note("world", `sever ${a} ${b}`);
    this.network.sever(a, b, share);
  }

  /** Sets delay, jitter, spread, loss and bandwidth, of one direction between two nodes or of all others. */
  path(options: Partial<PathOptions>, from?: string, to?: string): void {
    this.#note("world", `path ${from ?? "*"}>${to ?? "*"} ${JSON.stringify(options)}`);
    this.network.setPath(options, from, to);
  }

  /** Sets delay and jitter, of one direction between two nodes or of all others. Stands for {@link path}. */
  delay(options: Partial<Pick<PathOptions, "delayMs" | "jitterMs">>, from?: string, to?: string): void {
    this.path(options, from, to);
  }

  /** All paths are those of a quick local network again. */
  clearPaths(): void {
    this.#note("world", "paths clear");
    this.network.clearPaths();
  }

  /**
   * Opens a connection to a node from outside of the cluster and says `bytes`, if any, as health checks and scanners do.
   *
   * @returns how to hang up.
   */
  knock(name: string, bytes: Uint8Array): () => void {
    this.#note("stranger", `knocks at ${name}`);
    this.#stranger ??= new SimulatedRuntime(this.time, this.random("stranger"), () => {});
    const connection = this.network.knock(name, "stranger", this.#stranger);
    connection?.attach({ onFrame() {}, onDrain() {}, onClose() {} });
    if (bytes.length > 0) connection?.send(bytes);
    return () => connection?.terminate();
  }

  // ---- time ----

  /** Lets `ms` virtual milliseconds pass. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms);
  }

  /**
   * Lets time pass until `condition` holds.
   *
   * @param limitMs virtual milliseconds. Default 60 000.
   * @throws Error with the seed, the members and names each node sees and the last events, when it does not.
   */
  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    if (await this.time.until(condition, limitMs)) return;
    throw new Error(`the condition did not hold within ${limitMs} virtual ms\n${this.diagnosis()}`);
  }

  /**
   * Lets time pass until `condition` holds: {@link until} with a name for what is waited for, as a `ProcessCluster` has it.
   *
   * @param timeoutMs virtual milliseconds. Default 60 000.
   * @throws Error as {@link until}, with `what`.
   */
  async waitUntil(
    what: string,
    condition: () => boolean,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<void> {
    waitTable.check(options);
    const { timeoutMs = 60_000 } = options;
    if (await this.time.until(condition, timeoutMs)) return;
    throw new Error(`waited ${timeoutMs} virtual ms in vain: ${what}\n${this.diagnosis()}`);
  }

  /** Lets time pass until `promise` settles, and gives its result. @throws Error as {@link until}, or what it rejects with. */
  async settle<T>(promise: Promise<T>, limitMs: number = settleMsDefault): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.until(() => isSettled, limitMs);
    return promise;
  }

  /** What each node sees, and the last events: what a failed check prints. */
  diagnosis(): string {
    return diagnose(this);
  }

  // ---- the world itself ----

  #newProcess(name: string): SimulatedRuntime {
    const host = this.#host(name);
    if (host.process !== undefined && host.process.state !== "dead") throw new RangeError(`node ${name} runs already`);
    const random = this.random(`${name}/${++this.#processes}`);
    host.process = new SimulatedRuntime(this.time, random, (event) => this.#log(name, event), host);
    this.#note(name, "start");
    this.network.powerOn(name);
    return host.process;
  }

  #host(name: string): SimulatedHost {
    let host = this.#hosts.get(name);
    if (host === undefined) this.#hosts.set(name, (host = new SimulatedHost(name)));
    return host;
  }

  #end(name: string, how: string): SimulatedRuntime {
    const process = this.process(name);
    if (process.state === "dead") throw new RangeError(`node ${name} does not run`);
    this.#note(name, how);
    process.die();
    this.#nodes.delete(name);
    return process;
  }

  /** What the node's own log does not say, for diagnoses. */
  #observe(name: string, node: Node): void {
    const note =
      (event: keyof MembershipEvents) =>
      (member: Member): void =>
        this.#note(name, `${event} ${member.nodeId}`);
    node.membership.events
      .on("memberUp", note("memberUp"))
      .on("memberLinked", note("memberLinked"))
      .on("memberSuspect", note("memberSuspect"))
      .on("memberTrusted", note("memberTrusted"))
      .on("memberLeaving", note("memberLeaving"))
      .on("memberDown", note("memberDown"))
      .on("memberDown", (member, reason) => {
        if (reason !== "dead") return;
        const { nodeId: of, incarnation } = member;
        const hasLived = this.#nodes.get(of)?.node.membership.self.incarnation === incarnation;
        this.deaths.push({ at: this.time.now, by: name, of, hasLived });
      });
  }

  #log(name: string, { level, event, fields }: LogEvent): void {
    this.#note(
      name,
      `${level} ${event} ${JSON.stringify(fields, (_key, value: unknown) => (isError(value) ? value.message : value))}`,
    );
  }

  #note(who: string, what: string): void {
    this.trace.add(this.time.now, who, what);
  }
}
