import { shown } from "@foundation/actor/spi";
import { checkDial, checkListen } from "../check-address.ts";
import { TransportError } from "../errors.ts";
import { refuseOption } from "../refuse-option.ts";
import {
  type Connection,
  type DialOptions,
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
} from "../transport.ts";
import { MemoryNetwork } from "./memory-network.ts";

/** A {@link Transport} inside one process, for tests and for several nodes in one process. */
export class MemoryTransport implements Transport {
  readonly #network: MemoryNetwork;
  readonly #host: string;

  /** @param host the name that others see as this side's host. @throws {TransportError} `invalidOption`. */
  constructor(network: MemoryNetwork, host = "memory") {
    if (!(network instanceof MemoryNetwork))
      throw refuseOption(`MemoryTransport: network is ${shown(network)}; allowed: a MemoryNetwork`);
    if (typeof host !== "string" || host === "")
      throw refuseOption(`MemoryTransport: host is ${shown(host)}; allowed: a string that is not empty`);
    this.#network = network;
    this.#host = host;
  }

  async listen(options: PeerAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    checkListen(options, onConnection);
    return this.#network.bind(options, onConnection);
  }

  async dial(address: PeerAddress, options: DialOptions): Promise<Connection> {
    checkDial(address, options);
    const { signal } = options;
    // A turn passes before the answer, as on a real network, so that no caller comes to rely on an immediate one.
    return new Promise((resolve, reject) => {
      this.#network.runtime.nextTurn(() => {
        if (signal?.aborted) return reject(new TransportError("closed", "The dial was given up by its caller."));
        const connection = this.#network.connect(this.#host, address);
        if (connection) return resolve(connection);
        reject(
          new TransportError(
            "connectionRefused",
            `Nothing listens at ${formatAddress(address)} on this network; start that node first.`,
          ),
        );
      });
    });
  }
}
