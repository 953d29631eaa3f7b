import type { LogEvent } from "@foundation/actor";
import type { DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import { Foundation, type FoundationOptions, type Member, type MembershipEvents, type Node } from "foundation";
import type { PathOptions } from "../network/path.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Settings of a {@link World}. */
export interface WorldOptions {
  /** Decides everything that is left to chance. */
  readonly seed: number;
}

/** A complete node in a world. */
export interface SimulatedNode {
  readonly name: string;
  readonly node: Node;
  readonly runtime: SimulatedRuntime;
}

/** One node's verdict that another one is dead. */
export interface Death {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly by: string;
  readonly of: string;
}

/** Virtual milliseconds that {@link World.settle} waits at most, unless told otherwise. */
const settleMsDefault = 600_000;

/**
 * A whole cluster in one process: the nodes run the code they run in production, on virtual time and a seeded network.
 *
 * The same seed gives the same run, event by event, so a failure is replayed by its seed.
 *
 * @example
 * ```ts
 * const world = new World({ seed: 42 });
 * const [n1, n2] = await world.startAll("n1", "n2");
 * world.crash("n1");
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
  /** The newest process of each name, from the moment it begins to boot. */
  readonly #processes = new Map<string, SimulatedRuntime>();
  /** Where nodes announced themselves; what a crashed one leaves behind stays, as a stale record would. */
  readonly #announced = new Map<string, PeerCandidate>();
  #starts = 0;

  constructor({ seed }: WorldOptions) {
    this.seed = seed;
    this.network = new SimulatedNetwork(this.time, this.random("network"), (from, to, what) =>
      this.trace.add(this.time.now, `${from}>${to}`, what),
    );
  }

  /** Random numbers that depend on the seed and `stream` alone. */
  random(stream: string): SeededRandom {
    return new SeededRandom(this.seed, stream);
  }

  /** The nodes that run or are paused, in order of start. */
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
    const process = this.#processes.get(name);
    if (process === undefined) throw new RangeError(`no node ${name} was started in this world`);
    return process;
  }

  // ---- life of nodes ----

  /** Boots a node, or boots it again after a crash: a new process with a new incarnation. */
  async start(name: string, options: FoundationOptions = {}): Promise<SimulatedNode> {
    if (this.#nodes.has(name)) throw new RangeError(`node ${name} runs already`);
    const runtime = new SimulatedRuntime(this.time, this.random(`${name}/${++this.#starts}`), (event) =>
      this.#log(name, event),
    );
    this.#processes.set(name, runtime);
    this.#note(name, "start");
    const node = await this.settle(
      Foundation.start({
        name,
        host: name,
        cluster: "none",
        clusterName: "world",
        secret: "the secret of a simulated world",
        insecure: true,
        simulateRemote: true,
        runtime,
        transport: this.network.transport(name, runtime),
        discovery: [this.#discovery(name)],
        ...options,
      }),
    );
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
  }

  /** `kill -9`: the process is gone at once, its connections break. */
  crash(name: string): void {
    const { runtime } = this.get(name);
    this.#note(name, "crash");
    runtime.die();
    this.network.processDied(runtime);
    this.#nodes.delete(name);
  }

  /** SIGSTOP, or a stalled event loop: the process runs nothing until {@link resume}. */
  pause(name: string): void {
    this.#note(name, "pause");
    this.get(name).runtime.pause();
  }

  resume(name: string): void {
    this.#note(name, "resume");
    this.get(name).runtime.resume();
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

  /** Breaks the connections between two nodes; they may link again at once. */
  cut(a: string, b: string): void {
    this.#note("world", `cut ${a} ${b}`);
    this.network.cut(a, b);
  }

  /** Sets delay, jitter, loss and bandwidth, of one direction between two nodes or of all others. */
  path(options: Partial<PathOptions>, from?: string, to?: string): void {
    this.#note("world", `path ${from ?? "*"}>${to ?? "*"} ${JSON.stringify(options)}`);
    this.network.setPath(options, from, to);
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
    const views = this.nodes.map(({ name, node, runtime }) => {
      const members = node.members().map((member) => `${member.nodeId}:${member.status}`);
      const owners = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}#${owner.epoch}`);
      return `  ${name} (${runtime.state}) members [${members.join(" ")}] names [${owners.slice(0, 20).join(" ")}]`;
    });
    const events = this.trace.tail(30, (line) => !line.includes(" frame "));
    return [`seed ${this.seed} at ${this.time.now.toFixed(3)} ms`, ...views, ...events.map((line) => `  ${line}`)].join(
      "\n",
    );
  }

  #discovery(name: string): DiscoveryStrategy {
    return {
      name: "world",
      announce: async ({ nodeId, host, port }) => {
        this.#announced.set(name, { nodeId, host, port });
      },
      discover: async () => [...this.#announced.values()],
      withdraw: async () => {
        this.#announced.delete(name);
      },
    };
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
        if (reason === "dead") this.deaths.push({ at: this.time.now, by: name, of: member.nodeId });
      });
  }

  #log(name: string, { level, event, fields }: LogEvent): void {
    this.#note(
      name,
      `${level} ${event} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value))}`,
    );
  }

  #note(who: string, what: string): void {
    this.trace.add(this.time.now, who, what);
  }
}
