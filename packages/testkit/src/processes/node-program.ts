import type { Runtime } from "@foundation/actor";
import { OptionTable, optionRule } from "@foundation/actor/spi";
import type { FoundationOptions, Node } from "@foundation/runtime";
import type { Transport } from "@foundation/transport";
import { invalidOption } from "../errors.ts";
import { nodeNameVariable } from "./ipc.ts";
import { NodeServer } from "./node-server.ts";

/** What a node can be started with from another process: the options of `Foundation.start` that are data. */
export type ProcessNodeOptions = Omit<
  FoundationOptions,
  "actors" | "audit" | "authorize" | "discovery" | "log" | "logLevel" | "onDeadLetter" | "runtime" | "transport"
>;

/** What the harness hands to a program's `start`: all of it has to reach `Foundation.start`. Its transport has the `tls`. */
export interface NodeStartOptions extends Omit<ProcessNodeOptions, "tls"> {
  readonly name: string;
  /** Sends the node's log to the harness. */
  readonly runtime: Runtime;
  /** Takes every connection through the harness's network. */
  readonly transport: Transport;
}

/** Functions of a program that tests may call, by name. Arguments and results are copied by structured clone. */
export type NodeCommands = Readonly<Record<string, (node: Node, ...args: never[]) => unknown>>;

/** What runs in each process of a `ProcessCluster`. */
export interface NodeProgram<Commands extends NodeCommands = NodeCommands> {
  /** Starts the node, with the options given and whatever the program adds, such as its actors. */
  readonly start: (options: NodeStartOptions) => Promise<Node>;
  /** What tests may call. Default: nothing. */
  readonly commands?: Commands;
}

const programTable = new OptionTable<NodeProgram>(
  "serveNode",
  {
    start: optionRule.required(optionRule.callback),
    commands: optionRule.rule("an object of functions", (value) => {
      return (
        optionRule.fields.fits(value) && Object.values(value as object).every((each) => typeof each === "function")
      );
    }),
  },
  invalidOption,
);

/**
 * Makes this module the program of a node process: started by a `ProcessCluster` it starts a node when told to, and runs
 * commands; imported by anybody else it does nothing.
 *
 * @example
 * ```ts
 * export const program = serveNode({
 *   start: (options) => Foundation.start({ ...options, actors: [Counter] }),
 *   commands: {
 *     increment: (node, name: string) => node.actor<Counter>(name).ask.increment(),
 *   },
 * });
 * ```
 * @throws TestkitError `invalidOption`.
 */
export function serveNode<const Commands extends NodeCommands>(program: NodeProgram<Commands>): NodeProgram<Commands> {
  programTable.check(program);
  const name = process.env[nodeNameVariable];
  if (name === undefined || process.send === undefined) return program;
  // Processes that the program starts itself are no nodes of the harness.
  delete process.env[nodeNameVariable];
  new NodeServer(name, program).serve();
  return program;
}
