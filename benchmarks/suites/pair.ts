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
  const program = "programs/pair.ts";
  const receiver = processes.start<PairProgram>({ name: "receiver", program, ...namespaceOf(link?.b) });
  const sender = processes.start<PairProgram>({ name: "sender", program, ...namespaceOf(link?.a) });
  const common = { cluster: "none", secret, insecure: link !== undefined } as const;
  const seed = await receiver.call("start", { ...common, name: "receiver", ...hostOf(link?.b) });
  await receiver.call("serve");
  await sender.call("start", { ...common, name: "sender", seeds: [seed], ...hostOf(link?.a) });
  await sender.call("connect");
  return { sender, receiver };
}

/** What every program has that runs at both ends of a connection. */
interface BareProgram {
  listen(host: string): Promise<number>;
  connect(host: string, port: number): Promise<void>;
}

/**
 * Starts a ceiling in two processes that are connected.
 *
 * @returns the one that sends.
 */
export async function startBarePair<Program extends BareProgram>(
  processes: NodeProcesses,
  program: string,
  link?: SlowLink,
): Promise<NodeProcess<Program>> {
  const flags = ["--expose-gc"];
  const receiver = processes.start<BareProgram>({ name: `${program} b`, program, flags, ...namespaceOf(link?.b) });
  const sender = processes.start<BareProgram>({ name: `${program} a`, program, flags, ...namespaceOf(link?.a) });
  const host = link?.b.address ?? "127.0.0.1";
  await sender.call("connect", host, await receiver.call("listen", host));
  return sender as NodeProcess<unknown> as NodeProcess<Program>;
}

const namespaceOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { namespace: end.namespace });
const hostOf = (end: SlowLink["a"] | undefined) => (end === undefined ? {} : { host: end.address });
