import type { Runtime } from "@foundation/actor";
import { runtimeRule, shown } from "@foundation/actor/spi";
import { TransportError } from "../errors.ts";
import { refuseOption } from "../refuse-option.ts";
import { type Connection, formatAddress, type Listener, type PeerAddress } from "../transport.ts";
import { MemoryConnection } from "./memory-connection.ts";

/** The first port that is handed out for port 0. */
const ephemeralPortMin = 49_152;

/** A network inside one process: every {@link MemoryTransport} on the same network reaches the others' listeners. */
export class MemoryNetwork {
  readonly runtime: Runtime;
  readonly #doors = new Map<string, (connection: Connection) => void>();
  readonly #open = new Map<string, Set<MemoryConnection>>();
  #nextPort = ephemeralPortMin;

  /** @throws {TransportError} `invalidOption`. */
  constructor(runtime: Runtime) {
    if (!runtimeRule.fits(runtime))
      throw refuseOption(`MemoryNetwork: runtime is ${shown(runtime)}; allowed: ${runtimeRule.allowed}`);
    this.runtime = runtime;
  }

  /** Opens a door at `address`. @throws {TransportError} `addressInUse`. */
  bind(address: PeerAddress, onConnection: (connection: Connection) => void): Listener {
    const bound = address.port === 0 ? { host: address.host, port: this.#freePort(address.host) } : address;
    const key = formatAddress(bound);
    if (this.#doors.has(key)) {
      throw new TransportError(
        "addressInUse",
        `${key} is taken on this network; listen on another port, or on port 0.`,
      );
    }
    this.#doors.set(key, onConnection);
    const accepted = new Set<MemoryConnection>();
    this.#open.set(key, accepted);
    return {
      address: bound,
      close: async () => {
        this.#doors.delete(key);
        for (const connection of accepted) connection.terminate();
        this.#open.delete(key);
      },
    };
  }

  /** Connects to the door at `address`; `undefined` when there is none. */
  connect(fromHost: string, address: PeerAddress): Connection | undefined {
    const key = formatAddress(address);
    const door = this.#doors.get(key);
    if (!door) return undefined;
    const [dialer, accepted] = MemoryConnection.pair(this.runtime, fromHost, address.host);
    const open = this.#open.get(key);
    open?.add(accepted);
    accepted.onGone(() => open?.delete(accepted));
    door(accepted);
    return dialer;
  }

  #freePort(host: string): number {
    for (let tries = 0; tries < 16_384; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === 65_535 ? ephemeralPortMin : port + 1;
      if (!this.#doors.has(formatAddress({ host, port }))) return port;
    }
    throw new TransportError("addressInUse", `No port is free on ${host}; close listeners that are not needed.`);
  }
}
