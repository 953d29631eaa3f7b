import { checkValue, optionRule } from "@foundation/actor/spi";
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
import { Dial } from "./dial.ts";
import { brokenSegment, describeSegment, type Flight, flightOf } from "./flight.ts";
import { localPath, type PathOptions, retransmissionsMax, retransmitMs } from "./path.ts";
import { checkDirection, givenOf, pathTable } from "./path-options.ts";
import { Route } from "./route.ts";
import { SimulatedConnection } from "./simulated-connection.ts";

/** Somebody who listens. */
export interface Door {
  readonly runtime: SimulatedRuntime;
  readonly onConnection: (connection: Connection) => void;
}

/** What arrived on a route, `a>b`, for the trace. */
type NetworkObserver = (route: string, what: string, isFrame: boolean) => void;

const bytesRule = optionRule.wholeNumber({ min: 0 });
const shareRule = optionRule.finiteNumber({ min: 0, max: 1 });

const firstPort = 40_000;
/** Every host answers to a second name: `alias.n1` is n1. */
const aliasPrefix = "alias.";

/** A second name of `host`, as DNS names and several interfaces give hosts. */
export function aliasOf(host: string): string {
  return `${aliasPrefix}${host}`;
}

/** The network of a world: hosts, connections between them, and everything that can go wrong on the way. */
export class SimulatedNetwork {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly #observe: NetworkObserver;
  readonly #doors = new Map<string, Door>();
  readonly #connections = new Set<SimulatedConnection>();
  readonly #routes = new Map<string, Route>();
  readonly #unpowered = new Set<string>();
  #sharedPath: PathOptions = localPath;
  #nextPort = firstPort;

  constructor(time: VirtualTime, random: SeededRandom, observe: NetworkObserver) {
    this.time = time;
    this.random = random;
    this.#observe = observe;
  }

  /** Ends of connections whose processes live. */
  get openConnections(): number {
    let count = 0;
    for (const { runtime } of this.#connections) if (runtime.state !== "dead") count++;
    return count;
  }

  /** The transport of one process on `host`. */
  transport(host: string, runtime: SimulatedRuntime): Transport {
    return {
      listen: async (options, onConnection) => this.#listen(host, options, { runtime, onConnection }),
      dial: (address, options) => this.#dial(host, runtime, address, options),
    };
  }

  // ---- faults ----

  /** Sets how frames travel from one host to another, or between all hosts where nothing else was set. */
  setPath(options: Partial<PathOptions>, from?: string, to?: string): void {
    pathTable.check(options);
    checkDirection(from, to);
    const given = givenOf(options);
    if (from === undefined || to === undefined) {
      this.#sharedPath = { ...this.#sharedPath, ...given };
      return;
    }
    const route = this.route(from, to);
    route.path = { ...route.options, ...given };
  }

  /** Undoes every {@link setPath} and {@link resetAfter}. */
  clearPaths(): void {
    this.#sharedPath = localPath;
    for (const route of this.#routes.values()) {
      route.path = undefined;
      route.bytesToReset = undefined;
    }
  }

  /** Nothing travels from `from` to `to` any more; what is sent waits, as TCP would keep sending it. */
  block(from: string, to: string): void {
    this.route(from, to).isBlocked = true;
  }

  /** Undoes every {@link block}. What waited arrives after a retransmission. */
  unblockAll(): void {
    for (const route of this.#routes.values()) {
      route.isBlocked = false;
      this.#retransmit(route);
    }
  }

  /** Resets every connection between two hosts, at whatever byte their streams have come to. Both ends hear of it. */
  cut(a: string, b: string): void {
    for (const connection of this.#between(a, b)) this.#break(connection);
  }

  /** Lets `bytes` more bytes through from `from` to `to`; the connection that the next one belongs to is reset there. */
  resetAfter(from: string, to: string, bytes: number): void {
    checkValue("the bytes before a reset", bytes, bytesRule);
    this.route(from, to).bytesToReset = bytes;
  }

  /** Loses the connections between two hosts without a word, as a router does that was restarted; new ones work. */
  sever(a: string, b: string, share = 1): void {
    checkValue("the share of severed connections", share, shareRule);
    for (const connection of this.#between(a, b)) {
      if (!this.random.chance(share)) continue;
      this.#lose(connection, 0);
      if (connection.other !== undefined) this.#lose(connection.other, 0);
    }
  }

  /** Opens a connection to whatever listens at `host`, from outside of the cluster. @returns undefined if nothing does. */
  knock(host: string, from: string, runtime: SimulatedRuntime): SimulatedConnection | undefined {
    for (const [at, door] of this.#doors) {
      if (!at.startsWith(`${host}:`)) continue;
      return this.connect({ host: from, runtime }, { host, door });
    }
    return undefined;
  }

  /** `kill -9`: its doors close; the other ends hear of it, by all that was sent and an end, or by a reset. */
  processDied(runtime: SimulatedRuntime): void {
    for (const connection of this.#abandon(runtime)) {
      if (this.random.chance(0.5)) this.transmit(flightOf(connection, brokenSegment));
      else this.reset(connection);
    }
  }

  /** Power loss: nobody hears of it, and what is sent to the host goes nowhere until it has {@link powerOn}. */
  powerLost(host: string, runtime: SimulatedRuntime): void {
    this.#unpowered.add(host);
    for (const connection of this.#abandon(runtime)) this.#lose(connection, 1);
  }

  /** The host runs again and knows nothing of earlier connections: what is sent on them is answered by a reset. */
  powerOn(host: string): void {
    if (!this.#unpowered.delete(host)) return;
    for (const route of this.#routes.values()) if (route.to === host) this.#retransmit(route);
  }

  // ---- connections ----

  /** Sends a segment towards the other end of its connection. @returns whether the wire has taken it already. */
  transmit(flight: Flight): boolean {
    const { from, bytes } = flight;
    const { route } = from;
    if (!from.isSevered && bytes > 0 && route.bytesToReset !== undefined) {
      route.bytesToReset -= bytes;
      if (route.bytesToReset < 0) {
        route.bytesToReset = undefined;
        // All that was sent before arrives.
        this.#lose(from, 1);
        this.#break(from);
      }
    }
    return route.wire.push(flight);
  }

  /** One end gave up: the other one gets some of what was sent, cut off at any byte, and a reset. */
  reset(from: SimulatedConnection): void {
    this.#lose(from, this.random.next());
    this.#travel(flightOf(from, brokenSegment), 0);
  }

  /** The end is closed for good. */
  gone(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
  }

  /** Whether a packet from `from` reaches `to` at this moment. */
  isReachable(from: string, to: string): boolean {
    return this.#isOpen(this.route(from, to));
  }

  #isOpen({ isBlocked, from, to }: Route): boolean {
    return !isBlocked && !this.#unpowered.has(to) && !this.#unpowered.has(from);
  }

  /** Who listens at `address`. */
  door(address: PeerAddress): Door | undefined {
    return this.#doors.get(formatAddress(address));
  }

  /** Two ends of a new connection; the listener's side hears of it when the dialler's first segment arrives. */
  connect(
    dialer: { readonly host: string; readonly runtime: SimulatedRuntime },
    listener: { readonly host: string; readonly door: Door },
  ): SimulatedConnection {
    const way = { route: this.route(dialer.host, listener.host), slowness: this.random.next() };
    const dialed = new SimulatedConnection(this, dialer.runtime, way);
    const back = { route: this.route(listener.host, dialer.host), slowness: this.random.next() };
    const accepted = new SimulatedConnection(this, listener.door.runtime, back);
    dialed.other = accepted;
    accepted.other = dialed;
    this.#connections.add(dialed);
    accepted.door = listener.door;
    const accept = (): void => {
      this.#connections.add(accepted);
      listener.door.onConnection(accepted);
    };
    this.transmit(flightOf(dialed, { kind: "open", accept }));
    return dialed;
  }

  /** One direction between two hosts. */
  route(from: string, to: string): Route {
    const key = `${from}>${to}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      const depart = (flight: Flight): void => this.#departed(flight);
      route = new Route([from, to], this.time, { shared: () => this.#sharedPath, depart });
      this.#routes.set(key, route);
    }
    return route;
  }

  #departed(flight: Flight): void {
    if (!flight.from.isSevered) this.#travel(flight, 0);
  }

  #travel(flight: Flight, extraMs: number): void {
    const { from } = flight;
    const { route } = from;
    if (!this.#isOpen(route)) {
      route.waiting.push(flight);
      return;
    }
    const { delayMs, jitterMs, spreadMs, loss } = route.options;
    let travelMs = extraMs + delayMs + from.slowness * spreadMs + this.random.between(0, jitterMs);
    for (let again = 0; again < retransmissionsMax && this.random.chance(loss); again++)
      travelMs += retransmitMs * 2 ** again;
    from.lastArrivalAt = Math.max(from.lastArrivalAt, this.time.now + travelMs);
    from.inFlight.push(flight);
    flight.arrival = this.time.scheduleAt(from.lastArrivalAt, () => this.#arrived(flight));
  }

  #arrived(flight: Flight): void {
    const { from, segment } = flight;
    from.inFlight.shift();
    const { route } = from;
    if (this.#unpowered.has(route.to)) {
      route.waiting.push(flight);
      return;
    }
    const { other } = from;
    if (other === undefined) return;
    this.#observe(route.label, describeSegment(segment), segment.kind === "frame");
    if (other.runtime.state !== "dead") other.runtime.run(() => other.deliver(segment));
    // Its host knows nothing of this connection any more.
    else if (segment.kind !== "close") this.reset(other);
  }

  #retransmit(route: Route): void {
    const { waiting } = route;
    route.waiting = [];
    for (const flight of waiting) this.#travel(flight, this.random.between(0, 2 * retransmitMs));
  }

  /** Neither end did it: both hear of the end of their connection. */
  #break(connection: SimulatedConnection): void {
    this.reset(connection);
    if (connection.other !== undefined) this.reset(connection.other);
  }

  /**
   * Nothing that `from` sends arrives any more.
   *
   * @param part how much of what is on its way still does: from 0 to 1, cut off at any byte. Of a frame that is cut the
   * receiver sees nothing, as of a WebSocket message that does not end.
   */
  #lose(from: SimulatedConnection, part: number): void {
    if (from.isSevered) return;
    from.isSevered = true;
    const { route } = from;
    route.waiting = route.waiting.filter((flight) => flight.from !== from);
    let bytesLeft = part * from.inFlight.reduce((sum, { bytes }) => sum + bytes, 0);
    const firstLost = from.inFlight.findIndex(({ bytes }) => (bytesLeft -= bytes) < 0);
    const lost = firstLost < 0 ? [] : from.inFlight.splice(firstLost);
    for (const { arrival } of lost) if (arrival !== undefined) arrival.isCancelled = true;
  }

  #between(a: string, b: string): SimulatedConnection[] {
    return [...this.#connections].filter(({ route }) => route.from === a && route.to === b);
  }

  /** A process is no more: its doors close. @returns its connections. */
  #abandon(runtime: SimulatedRuntime): SimulatedConnection[] {
    for (const [at, door] of this.#doors) if (door.runtime === runtime) this.#doors.delete(at);
    const connections = [...this.#connections].filter((connection) => connection.runtime === runtime);
    for (const connection of connections) this.#connections.delete(connection);
    return connections;
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
    const isAlias = address.host.startsWith(aliasPrefix);
    const to = { host: isAlias ? address.host.slice(aliasPrefix.length) : address.host, port: address.port };
    return new Dial(this, { host, runtime }, to, options).connection;
  }
}
