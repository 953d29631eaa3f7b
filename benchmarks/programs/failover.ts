// One of three nodes that keep a singleton running.
import { Foundation, type Node } from "@foundation/runtime";
import { Whereabouts } from "../actors.ts";

/** What a survivor saw while the singleton moved. */
export interface Probe {
  /** The node that answered. */
  readonly host: string;
  /** Codes of the asks that failed meanwhile. */
  readonly failures: readonly string[];
}

const name = "whereabouts";
let node: Node;
let frozen: number | undefined;

/** Starts a node and waits until it sees `size` members and gets answers from the singleton. @returns its host. */
export async function join(nodeName: string, directory: string, size: number): Promise<string> {
  node = await Foundation.start({ name: nodeName, directory, logLevel: "silent" });
  await node.ready({ size });
  await node.singleton(name, Whereabouts);
  return node.actor<Whereabouts>(name).ask.node();
}

/** Waits until this node sees `size` members. */
export function ready(size: number): Promise<void> {
  return node.ready({ size });
}

/** The host of the singleton, which answers before the host is lost. */
export function host(): Promise<string> {
  return node.actor<Whereabouts>(name).ask.node();
}

/** Asks for the singleton by its name, without a pause, until another node than `lost` answers. */
export async function probe(lost: string): Promise<Probe> {
  const failures: string[] = [];
  const until = performance.now() + 60_000;
  while (performance.now() < until) {
    try {
      const answer = await node.actor<Whereabouts>(name).ask.node();
      if (answer !== lost) return { host: answer, failures };
    } catch (error) {
      failures.push(codeOf(error));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`Nobody but ${lost} answered within 60 s; asks failed with ${failures.slice(-5).join(", ")}.`);
}

/** Stops the node in order. */
export function leave(): Promise<void> {
  return node.stop();
}

/** Takes a frozen process along when the benchmark goes, for that one cannot notice it. `undefined`: there is none. */
export function guard(pid: number | undefined): void {
  frozen = pid;
}

process.once("exit", () => {
  if (frozen !== undefined) process.kill(frozen, "SIGKILL");
});

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
