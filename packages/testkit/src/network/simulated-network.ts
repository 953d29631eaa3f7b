import {
  type Connection,
  type DialOptions,
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
  TransportError,
} from "@foundation/transport";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { VirtualTime } from "../world/virtual-time.ts";
import { localPath, type PathOptions, retransmissionsMax, retransmitMs } from "./path.ts";
import { type Segment, SimulatedConnection } from "./simulated-connection.ts";

interface Door {
  readonly runtime: SimulatedRuntime;
  readonly onConnection: (connection: Connection) => void;
}

interface Waiting {
  readonly from: SimulatedConnection;
  readonly segment: Segment;
}

/** What happened on the network, for the trace. */
export type NetworkObserver = (from: string, to: string, what: string) => void;

const firstPort = 40_000;

/** The network of a world: hosts, connections between them, and everything that can go wrong on the way. */
export class SimulatedNetwork {
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #observe: NetworkObserver;
  readonly #doors = new Map<string, Door>();
  readonly #connections = new Set<SimulatedConnection>();
  readonly #paths = new Map<string, PathOptions>();
  readonly #blocked = new Set<string>();
  readonly #waiting = new Map<string, Waiting[]>();
  #defaultPath: PathOptions = localPath;
  #nextPort = firstPort;

  constructor(time: VirtualTime, random: SeededRandom, observe: NetworkObserver) {
    this.#time = time;
    this.#random = random;
    this.#observe = observe;
  }

  /** Open ends of connections. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /** The transport of one process on `host`. */
  transport(host: string, runtime: SimulatedRuntime): Transport {
    return {
      listen: async (options, onConnection) => this.#listen(host, options, { runtime, onConnection }),
      dial: (address, options) => this.#dial(host, runtime, address, options),
    };
  }

  // ---- faults ----

  /** Sets how frames travel from one host to another, or between all hosts that have no path of their own. */
  setPath(options: Partial<PathOptions>, from?: string, to?: string): void {
    if (from === undefined || to === undefined) this.#defaultPath = { ...this.#defaultPath, ...options };
    else this.#paths.set(key(from, to), { ...this.#path(from, to), ...options });
  }

  /** Nothing travels from `from` to `to` any more; what is sent waits, as TCP would keep sending it. */
  block(from: string, to: string): void {
    this.#blocked.add(key(from, to));
  }

  /** Undoes every {@link block}. What waited arrives after a retransmission. */
  unblockAll(): void {
    this.#blocked.clear();
    const waiting = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const { from, segment } of waiting) this.#travel(from, segment, this.#random.between(0, 2 * retransmitMs));
  }

  /** Breaks every connection between two hosts. Both ends see it. */
  cut(a: string, b: string): void {
    for (const connection of [...this.#connections]) {
      if (connection.host === a && connection.remoteHost === b) connection.reset();
    }
  }

  /** A process died: its doors close and the other ends of its connections see them break. */
  processDied(runtime: SimulatedRuntime): void {
    for (const [at, door] of this.#doors) if (door.runtime === runtime) this.#doors.delete(at);
    for (const connection of [...this.#connections]) {
      if (connection.runtime !== runtime) continue;
      this.#connections.delete(connection);
      this.transmit(connection, { kind: "close", code: 1006, reason: "" });
    }
  }

  // ---- connections ----

  /** Sends a segment towards the other end of `from`. */
  transmit(from: SimulatedConnection, segment: Segment): void {
    const route = key(from.host, from.remoteHost);
    const bytes = segment.kind === "frame" ? segment.frame.length : 0;
    from.wireFreeAt =
      Math.max(from.wireFreeAt, this.#time.now) + bytes / this.#path(from.host, from.remoteHost).bytesPerMs;
    if (bytes > 0) this.#time.scheduleAt(from.wireFreeAt, () => from.runtime.run(() => from.departed(bytes)));
    const waiting = this.#waiting.get(route);
    if (this.#blocked.has(route)) {
      if (waiting === undefined) this.#waiting.set(route, [{ from, segment }]);
      else waiting.push({ from, segment });
    } else this.#travel(from, segment, 0);
  }

  /** The end is closed for good. */
  gone(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
  }

  #travel(from: SimulatedConnection, segment: Segment, extraMs: number): void {
    const { delayMs, jitterMs, loss } = this.#path(from.host, from.remoteHost);
    let travelMs = extraMs + delayMs + this.#random.between(0, jitterMs);
    for (let again = 0; again < retransmissionsMax && this.#random.chance(loss); again++)
      travelMs += retransmitMs * 2 ** again;
    from.lastArrivalAt = Math.max(from.lastArrivalAt, from.wireFreeAt, this.#time.now + travelMs);
    const { other } = from;
    this.#time.scheduleAt(from.lastArrivalAt, () => {
      const what =
        segment.kind === "frame" ? `frame ${segment.frame.length} ${checksum(segment.frame)}` : `close ${segment.code}`;
      this.#observe(from.host, from.remoteHost, what);
      other?.runtime.run(() => other.deliver(segment));
    });
  }

  #listen(host: string, { port }: PeerAddress, door: Door): Listener {
    const address = { host, port: port === 0 ? this.#nextPort++ : port };
    const at = formatAddress(address);
    if (this.#doors.has(at)) throw new TransportError("addressInUse", `${at} is taken in this world`);
    this.#doors.set(at, door);
    return {
      address,
      close: async () => {
        if (this.#doors.get(at) === door) this.#doors.delete(at);
        for (const connection of [...this.#connections]) if (connection.door === door) connection.terminate();
      },
    };
  }

  #dial(host: string, runtime: SimulatedRuntime, address: PeerAddress, options: DialOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const at = formatAddress(address);
      const isBlocked = (): boolean =>
        this.#blocked.has(key(host, address.host)) || this.#blocked.has(key(address.host, host));
      const fail = (code: "timeout" | "connectionRefused" | "closed", text: string): void =>
        runtime.run(() => reject(new TransportError(code, `${at} ${text}`)));
      const roundTripMs =
        2 * this.#path(host, address.host).delayMs + this.#random.between(0, this.#defaultPath.jitterMs);
      if (isBlocked()) {
        this.#time.schedule(options.timeoutMs, () => fail("timeout", "did not answer in time"));
        return;
      }
      this.#time.schedule(roundTripMs, () => {
        if (options.signal?.aborted) return fail("closed", "was given up by its dialler");
        const door = this.#doors.get(at);
        if (door === undefined || runtime.state === "dead") return fail("connectionRefused", "refused the connection");
        const dialer = new SimulatedConnection(this, runtime, host, address.host);
        const accepted = new SimulatedConnection(this, door.runtime, address.host, host);
        dialer.other = accepted;
        accepted.other = dialer;
        accepted.door = door;
        this.#connections.add(dialer).add(accepted);
        door.runtime.run(() => door.onConnection(accepted));
        runtime.run(() => resolve(dialer));
      });
    });
  }

  #path(from: string, to: string): PathOptions {
    return this.#paths.get(key(from, to)) ?? this.#defaultPath;
  }
}

function key(from: string, to: string): string {
  return `${from}>${to}`;
}

/** Adler-32, enough to see in a trace that two frames differ. */
function checksum(bytes: Uint8Array): string {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b * 65_536 + a) >>> 0).toString(16);
}
