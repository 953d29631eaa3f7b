import { randomBytes } from "node:crypto";
import type { NodeProcess, NodeProcesses } from "../node-processes.ts";
import type { SlowLink } from "../slow-link.ts";

type PairProgram = typeof import("../programs/pair.ts");

/** The processes of two linked nodes. */
export interface Pair {
  readonly sender: NodeProcess<PairProgram>;
  /** Has the actors. */
  readonly receiver: NodeProcess<PairProgram>;
}

/**
 * Starts two linked nodes, in two processes.
 *
 * @param link runs them at its two ends instead of over loopback.
 */
export async function startPair(processes: NodeProcesses, link?: SlowLink): Promise<Pair> {
  const secret = randomBytes(16).toString("hex");
  const receiver = processes.start<PairProgram>({ name: "receiver", program: "pair", ...namespaceOf(link?.b) });
  const sender = processes.start<PairProgram>({ name: "sender", program: "pair", ...namespaceOf(link?.a) });
  const common = { cluster: "none", secret, insecure: link !== undefined } as const;
  const seed = await receiver.call("start", { ...common, name: "receiver", ...hostOf(link?.b) });
  await receiver.call("serve");
  await sender.call("start", { ...common, name: "sender", seeds: [seed], ...hostOf(link?.a) });
  await sender.call("connect");
  return { sender, receiver };
}

const namespaceOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { namespace: end.namespace });
const hostOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { host: end.address });
