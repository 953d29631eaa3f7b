import type { Connection, DialOptions, Listener, PeerAddress, Transport } from "@foundation/transport";

/** Who decides where connections go. */
interface Routes {
  /** This process listens at `address`. Others can be routed there once the promise resolves. */
  listening(address: PeerAddress): Promise<void>;
  /** The address to dial in order to get to `address`. */
  route(address: PeerAddress): Promise<PeerAddress>;
}

/**
 * A transport whose dials all take a route that somebody else decides.
 *
 * Nodes learn each other's addresses in many ways: from discovery, from seeds, from other members. Whatever they know, they
 * have to dial it, so this is the one place where every connection can be led through a proxy.
 */
export class RoutedTransport implements Transport {
  readonly #transport: Transport;
  readonly #routes: Routes;

  constructor(transport: Transport, routes: Routes) {
    this.#transport = transport;
    this.#routes = routes;
  }

  get tls(): Transport["tls"] {
    return this.#transport.tls;
  }

  async listen(...accepting: Parameters<Transport["listen"]>): Promise<Listener> {
    const listener = await this.#transport.listen(...accepting);
    await this.#routes.listening(listener.address);
    return listener;
  }

  async dial(address: PeerAddress, options: DialOptions): Promise<Connection> {
    return this.#transport.dial(await this.#routes.route(address), options);
  }
}
