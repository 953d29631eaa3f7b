import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FoundationOptions } from "@foundation/runtime";
import type { PeerAddress } from "@foundation/transport";

/** One line that a node has logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

/** What became of a start. */
export type StartOutcome = { readonly uid: number; readonly hasUserEntry: boolean } & (
  | { readonly kind: "started"; readonly name: string; readonly address: PeerAddress }
  | {
      readonly kind: "failed";
      readonly name: string;
      readonly message: string;
      readonly code: string | undefined;
      readonly causeCode: string | undefined;
      readonly lines: readonly LogLine[];
    }
);

/** What a node is asked; `stop` is answered once it has stopped. */
export type Question = "state" | "stop";

/** How a node looks at the moment. */
interface NodeState {
  readonly members: readonly string[];
  readonly lines: readonly LogLine[];
}

/** How the process of a node is started. */
export interface ProcessOptions {
  /** The user it runs as. Default: this one. */
  readonly user?: number | undefined;
  /** The whole environment, besides the path. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command that ends with starting `"$@"`, for limits and namespaces. */
  readonly within?: string;
}

/** A node in a process of its own. */
export class StartedNode {
  readonly outcome: StartOutcome;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, outcome: StartOutcome) {
    this.#child = child;
    this.outcome = outcome;
  }

  /** Starts a process and waits for what becomes of its node. */
  static async start(options: FoundationOptions, process_: ProcessOptions = {}): Promise<StartedNode> {
    const { user, env = {}, within = 'exec "$@"' } = process_;
    const program = join(import.meta.dirname, "node-starter.ts");
    const command = [process.execPath, "--conditions=@foundation/source", program, JSON.stringify(options)];
    const child = spawn("sh", ["-c", within, "sh", ...command], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { PATH: process.env.PATH ?? "", ...env },
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    let errors = "";
    child.stderr?.on("data", (data) => (errors = (errors + data).slice(-2_000)));
    const outcome = await Promise.race([
      once(child, "message").then(([message]) => message as StartOutcome),
      once(child, "exit").then(([code]) => {
        throw new Error(`the process has ended with code ${code}: ${errors}`);
      }),
    ]);
    return new StartedNode(child, outcome);
  }

  /** The process's id, as this process sees it. */
  get pid(): number {
    return this.#child.pid as number;
  }

  /** The node's address. @throws Error when it has not started. */
  get address(): PeerAddress {
    if (this.outcome.kind === "started") return this.outcome.address;
    throw new Error(`it has not started: ${this.outcome.code} ${this.outcome.message}`);
  }

  /** @throws Error when the node has not started, or its process ends before it answers. */
  async ask(question: Question): Promise<NodeState> {
    if (this.outcome.kind === "failed") throw new Error(`it has not started: ${JSON.stringify(this.outcome)}`);
    const settled = new AbortController();
    const { signal } = settled;
    const answer = Promise.race([
      once(this.#child, "message", { signal }).then(([state]) => state as NodeState),
      once(this.#child, "exit", { signal }).then(([code, how]) => {
        throw new Error(`its process has ended: ${code ?? how}`);
      }),
    ]);
    this.#child.send(question);
    try {
      return await answer;
    } finally {
      settled.abort();
    }
  }

  /** Resolves when the node sees exactly these members. */
  async sees(...names: readonly string[]): Promise<void> {
    const wanted = [...names].sort();
    await this.reaches(({ members }) => JSON.stringify([...members].sort()) === JSON.stringify(wanted));
  }

  /** Resolves when the node's state is as wanted; fails with the state after 30 s. */
  async reaches(isWanted: (state: NodeState) => boolean): Promise<NodeState> {
    for (const endAt = performance.now() + 30_000; ; ) {
      const state = await this.ask("state");
      if (isWanted(state)) return state;
      if (performance.now() > endAt) throw new Error(`not within 30 s; it is ${JSON.stringify(state)}`);
      await pause(20);
    }
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
