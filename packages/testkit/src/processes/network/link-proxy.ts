import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { PeerAddress } from "@foundation/transport";
import { ProxiedConnection } from "./proxied-connection.ts";
import type { Wire } from "./wire.ts";

/** Connections at a time through one proxy; the node at its end would not take more handshakes either. */
const connectionsMax = 1_024;

/** A door on loopback that leads one node's dials to one address. */
export class LinkProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #closed: Promise<unknown>;

  private constructor(target: PeerAddress, wires: readonly [forth: Wire, back: Wire]) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#accept(client, target, wires),
    );
    this.#server.maxConnections = connectionsMax;
    this.#closed = once(this.#server, "close");
  }

  /** @param wires to the target, and back from it. */
  static async open(target: PeerAddress, wires: readonly [forth: Wire, back: Wire]): Promise<LinkProxy> {
    const proxy = new LinkProxy(target, wires);
    proxy.#server.listen({ host: "127.0.0.1", port: 0 });
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): PeerAddress {
    return { host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Breaks all connections. */
  reset(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  /** Closes the door; connections go on. */
  shut(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** Closes the door and breaks all connections. Resolves when no socket is left. */
  async close(): Promise<void> {
    this.shut();
    this.reset();
    await this.#closed;
  }

  #accept(client: Socket, target: PeerAddress, wires: readonly [forth: Wire, back: Wire]): void {
    const connection = new ProxiedConnection(client, target, wires, () => this.#connections.delete(connection));
    this.#connections.add(connection);
  }
}
