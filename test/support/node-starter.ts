// A node in a process of its own, for tests of how it starts: options come as JSON, questions and answers as messages.
import { userInfo } from "node:os";
import { Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import type { LogLine, Question, StartOutcome } from "./started-node.ts";

const lines: LogLine[] = [];
const at =
  (level: LogLine["level"]) =>
  (event: string, fields: object = {}): void =>
    void lines.push({ level, text: `${event} ${JSON.stringify(fields)}` });
const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

function hasUserEntry(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

async function start(): Promise<[StartOutcome, Node | undefined]> {
  const about = { uid: process.getuid?.() ?? -1, hasUserEntry: hasUserEntry() };
  try {
    const options = JSON.parse(process.argv[2] ?? "{}") as FoundationOptions;
    const node = await Foundation.start({ ...options, log });
    return [{ ...about, kind: "started", name: node.name, address: node.transport.address }, node];
  } catch (error) {
    const { name, message, code, cause } = error as Error & { code?: string; cause?: { code?: string } };
    return [{ ...about, kind: "failed", name, message, code, causeCode: cause?.code, lines }, undefined];
  }
}

const [outcome, node] = await start();
process.send?.(outcome);
if (node === undefined) process.disconnect?.();
process.on("message", async (question: Question) => {
  if (question === "stop") await node?.stop();
  process.send?.({ members: node?.members().map(({ nodeId }) => nodeId) ?? [], lines });
  if (question === "stop") process.disconnect?.();
});
