import {
  type Connection,
  type DialOptions,
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
  TransportError,
} from "@foundation/transport";
import { isLoopback } from "./loopback.ts";
import { describeOffLoopback } from "./off-loopback.ts";

/** A transport that never leaves this machine: for links that are not encrypted and were not allowed to be so elsewhere. */
export class LoopbackOnlyTransport implements Transport {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  listen(...accepting: Parameters<Transport["listen"]>): Promise<Listener> {
    return this.#transport.listen(...accepting);
  }

  /** @throws TransportError `notEncrypted` for addresses that are not known to be loopback. */
  async dial(address: PeerAddress, options: DialOptions): Promise<Connection> {
    if (isLoopback(address.host)) return this.#transport.dial(address, options);
    const what = `${formatAddress(address)} ${describeOffLoopback(address.host)}`;
    const text = `${what}; the link would not be encrypted: give tls, or allow it with insecure: true`;
    throw new TransportError("notEncrypted", text);
  }
}
