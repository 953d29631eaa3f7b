import { silentLog, systemRuntime } from "@foundation/actor";
import { Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { MemoryNetwork, MemoryTransport, type PeerAddress } from "@foundation/transport";

/** Complete nodes in this process, linked over memory. A node is found by those that are told of it. */
export class MemoryNodes implements AsyncDisposable {
  readonly #runtime = systemRuntime({ log: silentLog });
  readonly #network = new MemoryNetwork(this.#runtime);
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, Set<PeerAddress>>();

  /** Starts a node that knows the addresses of `peers`. */
  async start(name: string, peers: readonly Node[] = [], options: FoundationOptions = {}): Promise<Node> {
    const known = new Set(peers.map((peer) => peer.transport.address));
    this.#known.set(name, known);
    const node = await Foundation.start({
      name,
      host: "127.0.0.1",
      cluster: "none",
      secret: "a secret of the tests",
      runtime: this.#runtime,
      transport: new MemoryTransport(this.#network, "127.0.0.1"),
      simulateRemote: true,
      discovery: [
        {
          name: "told",
          announce: async () => {},
          discover: async () => [...known],
          withdraw: async () => {},
        },
      ],
      ...options,
    });
    this.#nodes.push(node);
    return node;
  }

  /** Starts nodes that all find each other. */
  async startAll(...names: string[]): Promise<Node[]> {
    const nodes: Node[] = [];
    for (const name of names) nodes.push(await this.start(name, nodes));
    await Promise.all(nodes.map((node) => node.ready({ size: names.length })));
    return nodes;
  }

  /** Tells `node` where `peer` is; it dials at its next tick. */
  introduce(node: Node, peer: Node): void {
    this.#known.get(node.name)?.add(peer.transport.address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }
}
