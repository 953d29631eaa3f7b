import { TestkitError } from "../errors.ts";
import type { EventHistory } from "./event-history.ts";
import type { Inquiry } from "./ipc.ts";
import { killAtExit } from "./living-processes.ts";
import type { ProcessNetwork } from "./network/process-network.ts";
import { NodeProcess } from "./node-process.ts";
import type { ClusterSettings } from "./process-cluster-options.ts";

/** What the processes of a cluster share. */
interface ProcessTableOptions {
  readonly settings: ClusterSettings;
  readonly network: ProcessNetwork;
  readonly history: EventHistory;
}

/** The newest process of each name, also one that is gone or has not become a node yet. */
export class ProcessTable implements Iterable<NodeProcess> {
  readonly #settings: ClusterSettings;
  readonly #network: ProcessNetwork;
  readonly #history: EventHistory;
  readonly #processes = new Map<string, NodeProcess>();

  constructor({ settings, network, history }: ProcessTableOptions) {
    this.#settings = settings;
    this.#network = network;
    this.#history = history;
  }

  [Symbol.iterator](): Iterator<NodeProcess> {
    return this.#processes.values();
  }

  /** Runs the program in a new process. @param prefix a command that runs the program it is followed by. */
  spawn(name: string, prefix: readonly string[]): NodeProcess {
    const { program, execArgv, env } = this.#settings;
    const process = new NodeProcess({
      name,
      program,
      execArgv,
      prefix,
      env: { ...inheritedEnvironment(), ...env },
      onEvent: ({ at, level, text }) => this.#history.add(name, `${level} ${text}`, at),
      onInquiry: (inquiry) => this.#answer(name, inquiry),
      onExit: () => {
        forget();
        this.#network.exited(name);
      },
    });
    const forget = killAtExit(process);
    this.#processes.set(name, process);
    return process;
  }

  isLiving(name: string): boolean {
    const process = this.#processes.get(name);
    return process !== undefined && process.state.kind !== "exited";
  }

  /** @throws TestkitError `unknownNode`, `notRunning`. */
  living(name: string): NodeProcess {
    const process = this.#processes.get(name);
    if (process === undefined) throw this.unknown(name);
    if (process.state.kind === "exited") throw process.goneError("this was asked of it");
    return process;
  }

  /** @throws TestkitError `unknownNode`. */
  assertKnown(...names: string[]): void {
    for (const name of names) if (!this.#processes.has(name)) throw this.unknown(name);
  }

  unknown(name: string): TestkitError {
    const known = [...this.#processes.keys()].join(", ") || "none yet";
    return new TestkitError("unknownNode", `no node ${name} was started in this cluster; there are: ${known}`);
  }

  /** Resolves when all are gone. */
  async killAll(): Promise<void> {
    await Promise.all([...this].map((process) => process.kill()));
  }

  async #answer(name: string, inquiry: Inquiry): Promise<unknown> {
    if (inquiry.kind === "route") return this.#network.route(name, inquiry.address);
    this.#history.add(name, `listens at ${inquiry.address.host}:${inquiry.address.port}`);
    return this.#network.listening(name, inquiry.address);
  }
}

/** What node processes inherit: not the settings of this process's own node, if it has one. */
function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FOUNDATION_")));
}
