// One node in a process of its own, driven over IPC by NodeProcess (node-harness.ts).
import { Actor, Foundation, type FoundationOptions, type Node } from "foundation";

/** The actor that process tests talk to. */
export class Probe extends Actor {
  #count = 0;

  /** Counts and says which start of the singleton, on which node, has counted. */
  count(): { count: number; node: string; epoch: number | undefined } {
    this.#count++;
    return { count: this.#count, node: this.context.system.name, epoch: this.context.epoch };
  }

  /** Holds the mailbox, without blocking the process. */
  hang(): Promise<never> {
    return new Promise<never>(() => {});
  }

  size(bytes: Uint8Array): number {
    return bytes.byteLength;
  }
}

/** What a test can ask of a node process. */
export interface NodeCommands {
  start(options: FoundationOptions): Promise<{ address: { host: string; port: number } }>;
  ready(size: number, timeoutMs?: number): Promise<void>;
  members(): { nodeId: string; status: string }[];
  singleton(name: string): Promise<void>;
  register(name: string): void;
  owner(name: string): { nodeId: string; epoch: number } | undefined;
  count(name: string, timeoutMs?: number): Promise<{ count: number; node: string; epoch: number | undefined }>;
  hang(name: string): Promise<never>;
  send(name: string, bytes: number): Promise<number>;
  block(ms: number): void;
  deaths(): string[];
  stop(): Promise<void>;
}

let node: Node;
const deaths: string[] = [];

const commands: NodeCommands = {
  async start(options) {
    node = await Foundation.start({ logLevel: "silent", simulateRemote: true, actors: [Probe], ...options });
    node.membership.events.on("memberDown", ({ nodeId }, reason) => deaths.push(`${nodeId} ${reason}`));
    return { address: node.transport.address };
  },
  ready: (size, timeoutMs = 10_000) => node.ready({ size, timeoutMs }),
  members: () => node.members().map(({ nodeId, status }) => ({ nodeId, status })),
  async singleton(name) {
    await node.singleton(name, Probe);
  },
  register(name) {
    node.spawn(Probe, { name });
  },
  owner(name) {
    const owner = node.registry.owner(name);
    return owner && { nodeId: owner.nodeId, epoch: owner.epoch };
  },
  count: (name, timeoutMs = 5_000) => node.actor<Probe>(name).with({ timeoutMs }).ask.count(),
  hang: (name) => node.actor<Probe>(name).ask.hang(),
  send: (name, bytes) => node.actor<Probe>(name).ask.size(new Uint8Array(bytes)),
  block(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
  deaths: () => deaths,
  stop: () => node.stop(),
};

if (process.send !== undefined) {
  process.on("message", async ({ id, command, args }: { id: number; command: keyof NodeCommands; args: never[] }) => {
    try {
      const result = await (commands[command] as (...args: never[]) => unknown)(...args);
      process.send?.({ id, result });
    } catch (error) {
      const { message, code } = error as { message: string; code?: string };
      process.send?.({ id, error: { message, code } });
    }
  });
  // A test that ends without stopping its processes must not leave them behind.
  process.on("disconnect", () => process.exit(0));
}
