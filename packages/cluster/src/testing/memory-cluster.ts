import { ActorSystem, type DeadLetter, type Runtime, silentLog, systemRuntime } from "@foundation/actor";
import { MemoryNetwork, MemoryTransport, type PeerAddress } from "@foundation/transport";
import { Cluster } from "../cluster.ts";

/** Several nodes in one process, linked over memory, each of which knows the address of the first one. */
export class MemoryCluster implements AsyncDisposable {
  readonly deadLetters: DeadLetter[] = [];
  readonly #runtime: Runtime;
  readonly #network: MemoryNetwork;
  readonly #nodes: Cluster[] = [];
  #seed: PeerAddress | undefined;

  constructor(runtime: Runtime = systemRuntime({ log: silentLog })) {
    this.#runtime = runtime;
    this.#network = new MemoryNetwork(runtime);
  }

  /** Makes a node without starting it. */
  create(name: string): Cluster {
    const seed = this.#seed;
    const node = new Cluster({
      system: new ActorSystem({
        name,
        runtime: this.#runtime,
        onDeadLetter: (letter) => this.deadLetters.push(letter),
      }),
      transport: new MemoryTransport(this.#network, name),
      cluster: "test",
      secret: "a secret of the tests",
      listen: { host: name, port: 0 },
      discovery: [
        {
          name: "first",
          announce: async () => {},
          discover: async () => (seed === undefined ? [] : [seed]),
          withdraw: async () => {},
        },
      ],
    });
    this.#nodes.push(node);
    return node;
  }

  /** From now on nodes know the address of this one, which was started by itself. */
  seed(node: Cluster): void {
    this.#seed = node.endpoint.address;
  }

  /** Stops a node in order; another one of its name may follow. */
  async stop(name: string): Promise<void> {
    const node = this.#nodes.find(({ system }) => system.name === name);
    await node?.stop();
    this.#nodes.splice(this.#nodes.indexOf(node as Cluster), node === undefined ? 0 : 1);
  }

  async start(name: string): Promise<Cluster> {
    const node = this.create(name);
    await node.start();
    this.#seed ??= node.endpoint.address;
    return node;
  }

  /** Starts nodes one after the other and waits until each sees all. */
  async startAll(...names: string[]): Promise<Cluster[]> {
    const nodes: Cluster[] = [];
    for (const name of names) nodes.push(await this.start(name));
    await Promise.all(nodes.map((node) => node.ready({ size: names.length })));
    return nodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
    await Promise.all(this.#nodes.map((node) => node.system.stop()));
  }
}
