import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { FromNode, NodeReport, NodeSettings, ToNode } from "./node-messages.ts";

/** What is kept of a node's standard error, to be shown when something goes wrong. Characters. */
const errorOutputMax = 8_192;

/** How a node is told from outside: by its process. */
interface NodeEvents {
  message(message: FromNode, from: NodeHandle): void;
  /** The process has ended without being told to. */
  lost(handle: NodeHandle, how: string): void;
}

/** A node process, seen from the demo. */
export class NodeHandle {
  readonly name: string;
  /** The newest report. */
  report: NodeReport | undefined;
  /** The newest start of the index that has answered this node, and when it first did. */
  answered: { readonly epoch: number; readonly at: number } | undefined;
  /** By member: how many asks were on their way to it when this node lost it. */
  readonly inFlightWhenLost = new Map<string, number>();
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #isEnding = false;
  #errorOutput = "";

  constructor(settings: NodeSettings, events: NodeEvents) {
    this.name = settings.name;
    this.#child = fork(join(import.meta.dirname, "node-process.ts"), {
      // A small young generation makes for short pauses: control p99 8 ms beside bulk data instead of 14 to 18 ms.
      execArgv: ["--conditions=@foundation/source", "--max-semi-space-size=2"],
      env: withoutOwnSettings(process.env),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-errorOutputMax);
    });
    this.#child.on("message", (message) => events.message(message as FromNode, this));
    this.#exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        resolve();
        if (!this.#isEnding) events.lost(this, how);
      };
      this.#child.once("error", (error) => ended(error.message));
      this.#child.once("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
    });
    this.send({ kind: "start", settings });
  }

  /** The end of what it wrote to standard error. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** How many members this node sees up, itself included. */
  get sees(): number {
    return this.report?.members.filter(({ status }) => status === "up").length ?? 0;
  }

  send(message: ToNode): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** `kill -9`: the process has no chance to say goodbye. */
  kill(): Promise<void> {
    this.#isEnding = true;
    this.#child.kill("SIGKILL");
    return this.#exited;
  }

  /** Lets it leave the cluster in order; kills it when that takes longer than `timeoutMs` milliseconds. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isEnding = true;
    this.send({ kind: "stop" });
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), timeoutMs);
    await this.#exited;
    clearTimeout(deadline);
  }
}

/** The demo's cluster is set up by the demo alone, whatever the shell says about other ones. */
function withoutOwnSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("FOUNDATION_")));
}
