import type { Node } from "@foundation/runtime";
import type { PeerAddress } from "@foundation/transport";
import type { NodeProcess, NodeProcessState } from "./node-process.ts";
import type { NodeCommands, NodeProgram } from "./node-program.ts";

/** Arguments of a command, without the node that the process adds. */
export type CommandArguments<Command> = Command extends (node: Node, ...args: infer Args) => unknown ? Args : never;

/** What a command gives its caller. */
export type CommandResult<Command> = Command extends (node: Node, ...args: never[]) => infer Result
  ? Awaited<Result>
  : never;

/** The commands of a program. */
export type CommandsOf<Program> = Program extends NodeProgram<infer Commands extends NodeCommands> ? Commands : never;

/** A node in a process of its own. A restart under the same name makes a new one. */
export class ProcessNode<Program extends NodeProgram> {
  /** The name it was started with. */
  readonly name: string;
  /** Its id in the cluster: its name, unless its options said otherwise. */
  readonly nodeId: string;
  /** Where it accepts links. Others get there through the network of the harness. */
  readonly address: PeerAddress;
  readonly #process: NodeProcess;
  readonly #callTimeoutMs: number;

  /** Made by `ProcessCluster.start`. */
  constructor(process: NodeProcess, started: { nodeId: string; address: PeerAddress }, callTimeoutMs: number) {
    this.name = process.name;
    this.nodeId = started.nodeId;
    this.address = started.address;
    this.#process = process;
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** The process id, also after its end. */
  get pid(): number {
    return this.#process.pid;
  }

  get state(): NodeProcessState {
    return this.#process.state;
  }

  /** The last 8 192 characters that the process printed on standard output. */
  get stdout(): string {
    return this.#process.stdout.text;
  }

  /** The last 8 192 characters that the process printed on standard error. */
  get stderr(): string {
    return this.#process.stderr.text;
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<void> {
    return this.#process.exited;
  }

  /**
   * Runs a command of the program in the process.
   *
   * @param args copied by structured clone, as is the result.
   * @throws CommandError what the command threw; TestkitError `notRunning`, `notTransferable`, `callTimeout` after
   * `callTimeoutMs`.
   */
  async call<Name extends keyof CommandsOf<Program> & string>(
    command: Name,
    ...args: CommandArguments<CommandsOf<Program>[Name]>
  ): Promise<CommandResult<CommandsOf<Program>[Name]>> {
    const result = await this.#process.ask({ kind: "call", command, args }, this.#callTimeoutMs);
    return result as CommandResult<CommandsOf<Program>[Name]>;
  }
}
