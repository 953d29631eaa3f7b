import { ProcessCluster, type ProcessClusterOptions, type ProcessNode } from "@foundation/testkit";
import type { program } from "./node-program.ts";

type TestProgram = typeof program;
export type TestNode = ProcessNode<TestProgram>;
export type TestCluster = ProcessCluster<TestProgram>;

/** A cluster of processes that run `node-program.ts` from source. */
export function openCluster(options: Partial<ProcessClusterOptions> = {}): Promise<TestCluster> {
  return ProcessCluster.open<TestProgram>({
    program: new URL("./node-program.ts", import.meta.url),
    execArgv: ["--conditions=@foundation/source"],
    ...options,
  });
}

/** How many members a node sees that are up. */
export async function upCount(node: TestNode): Promise<number> {
  return (await node.call("members")).filter(({ status }) => status === "up").length;
}
