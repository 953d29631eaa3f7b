import { randomBytes } from "node:crypto";
import type { NodeProcess, NodeProcesses } from "../node-processes.ts";
import type { SlowLink } from "../slow-link.ts";

type PairProgram = typeof import("../programs/pair.ts");

/**
 * Starts two linked nodes, in two processes, one of which has the actors.
 *
 * @param link runs them at its two ends instead of over loopback.
 * @returns the process of the other one, which sends.
 */
export async function startPair(processes: NodeProcesses, link?: SlowLink): Promise<NodeProcess<PairProgram>> {
  const secret = randomBytes(16).toString("hex");
  const server = processes.start<PairProgram>({ name: "receiver", program: "pair", ...namespaceOf(link?.b) });
  const sender = processes.start<PairProgram>({ name: "sender", program: "pair", ...namespaceOf(link?.a) });
  const common = { cluster: "none", secret, insecure: link !== undefined } as const;
  const seed = await server.call("start", { ...common, name: "receiver", ...hostOf(link?.b) });
  await server.call("serve");
  await sender.call("start", { ...common, name: "sender", seeds: [seed], ...hostOf(link?.a) });
  await sender.call("connect");
  return sender;
}

const namespaceOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { namespace: end.namespace });
const hostOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { host: end.address });
