import type { PeerAddress } from "@foundation/transport";
import { TestkitError } from "../errors.ts";
import type { NodeProcess } from "./node-process.ts";
import { within } from "./within.ts";

/** What a process says of the node it has started. */
interface StartedNode {
  readonly nodeId: string;
  readonly address: PeerAddress;
}

const stderrLinesShown = 20;

/**
 * Waits until the process's program is ready and has it start its node. Kills the process when that fails.
 *
 * @throws TestkitError `startFailed`, `startTimeout`; CommandError what the program's `start` threw.
 */
export async function bootNode(process: NodeProcess, options: object, timeoutMs: number): Promise<StartedNode> {
  const started = await within(timeoutMs, async () => {
    await process.ready;
    return (await process.ask({ kind: "start", options }, timeoutMs)) as StartedNode;
  });
  if (started.kind === "value") return started.value;
  const error = started.kind === "late" ? lateError(process, timeoutMs) : translate(started.error);
  await process.kill();
  throw error;
}

function lateError(process: NodeProcess, timeoutMs: number): TestkitError {
  const hint = "does its program call serveNode, and does its start come to an end?";
  const printed = process.stderr.lines(stderrLinesShown).map((line) => `\n  ${line}`);
  const text = `${process.name} was not ready within ${timeoutMs} ms; ${hint}${printed.join("")}`;
  return new TestkitError("startTimeout", text);
}

function translate(error: unknown): unknown {
  if (!(error instanceof TestkitError) || error.code !== "notRunning") return error;
  return new TestkitError("startFailed", error.message, { cause: error });
}
