import { formatAddress, type PeerAddress } from "@foundation/transport";
import { SeededRandom } from "../../world/seeded-random.ts";
import { LinkProxy } from "./link-proxy.ts";
import type { CutOptions, NodePlace, ProcessNetwork, ProcessPathOptions } from "./process-network.ts";
import { perfectPath, Wire } from "./wire.ts";

/** Where a process listens. The entry stays when the process has gone, so that dials into a partition go on to hang. */
interface Door {
  readonly name: string;
  readonly address: PeerAddress;
  isOpen: boolean;
}

interface Link {
  readonly from: string;
  readonly door: Door;
  readonly proxy: Promise<LinkProxy>;
}

/** Nodes on loopback, with a TCP proxy of this process on every way from one to another. */
export class ProxyNetwork implements ProcessNetwork {
  readonly #seed: number;
  readonly #doors = new Map<string, Door>();
  readonly #links = new Map<string, Link>();
  /** All that were opened, also those whose place in {@link #links} a newer one has taken. */
  readonly #proxies: Promise<LinkProxy>[] = [];
  readonly #wires = new Map<string, Wire>();
  /** What was set for one direction alone. */
  readonly #ownPaths = new Map<Wire, Partial<ProcessPathOptions>>();
  #commonPath: ProcessPathOptions = perfectPath;
  #isClosed = false;

  /** @param seed decides about jitter and loss. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  async place(): Promise<NodePlace> {
    return { options: { host: "127.0.0.1" }, prefix: [] };
  }

  listening(name: string, address: PeerAddress): void {
    this.#doors.set(keyOf(address), { name, address, isOpen: true });
  }

  exited(name: string): void {
    for (const door of this.#doors.values()) if (door.name === name) door.isOpen = false;
  }

  async route(from: string, address: PeerAddress): Promise<PeerAddress> {
    const door = this.#doors.get(keyOf(address));
    if (door === undefined || door.name === from || this.#isClosed) return address;
    const isReachable = [this.#wire(from, door.name), this.#wire(door.name, from)].every(
      ({ state }) => state === "open",
    );
    // A port that nobody listens at refuses the dial; a proxy would accept it first.
    if (!door.isOpen && isReachable) return address;
    return (await this.#proxy(from, door)).address;
  }

  block(from: string, to: string): void {
    this.#wire(from, to).state = "blocked";
  }

  swallow(from: string, to: string): void {
    this.#wire(from, to).state = "swallowing";
  }

  heal(): void {
    for (const wire of this.#wires.values()) wire.state = "open";
  }

  cut(a: string, b: string, { afterBytes }: CutOptions): void {
    if (afterBytes !== undefined) return this.#wire(a, b).cutAfter(afterBytes);
    for (const { from, door, proxy } of this.#links.values()) {
      const isBetween = (from === a && door.name === b) || (from === b && door.name === a);
      if (isBetween) void proxy.then((opened) => opened.reset());
    }
  }

  setPath(options: Partial<ProcessPathOptions>, from?: string, to?: string): void {
    if (from !== undefined && to !== undefined) {
      const wire = this.#wire(from, to);
      this.#ownPaths.set(wire, { ...this.#ownPaths.get(wire), ...options });
    } else this.#commonPath = { ...this.#commonPath, ...options };
    for (const wire of this.#wires.values()) wire.path = { ...this.#commonPath, ...this.#ownPaths.get(wire) };
  }

  describe(): string[] {
    return [...this.#wires.values()].map(({ from, to, state, path, queuedBytes, deliveredBytes }) => {
      const faults = Object.entries(path).filter(([, value]) => value !== 0 && value !== Number.POSITIVE_INFINITY);
      const conditions = faults.map(([name, value]) => ` ${name}=${value}`).join("");
      return `${from}>${to} ${state}, ${deliveredBytes} bytes delivered, ${queuedBytes} under way${conditions}`;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#proxies.map(async (proxy) => (await proxy).close()));
  }

  #proxy(from: string, door: Door): Promise<LinkProxy> {
    const key = `${from}>${keyOf(door.address)}`;
    let link = this.#links.get(key);
    if (link?.door !== door) {
      // Another process listened there before.
      void link?.proxy.then((proxy) => proxy.shut());
      const wires = [this.#wire(from, door.name), this.#wire(door.name, from)] as const;
      link = { from, door, proxy: LinkProxy.open(door.address, wires) };
      this.#links.set(key, link);
      this.#proxies.push(link.proxy);
    }
    return link.proxy;
  }

  #wire(from: string, to: string): Wire {
    const key = `${from}>${to}`;
    let wire = this.#wires.get(key);
    if (wire === undefined) {
      wire = new Wire(from, to, new SeededRandom(this.#seed, key));
      wire.path = this.#commonPath;
      this.#wires.set(key, wire);
    }
    return wire;
  }
}

/** One key for all the names of this machine's loopback that a listener at them answers to. */
function keyOf({ host, port }: PeerAddress): string {
  const aliases: Record<string, string> = { localhost: "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };
  return formatAddress({ host: aliases[host] ?? host, port });
}
