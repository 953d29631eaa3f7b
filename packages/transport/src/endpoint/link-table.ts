import type { Runtime, Timer } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import type { PeerLink } from "../link/peer-link.ts";
import { formatAddress, type PeerAddress } from "../transport.ts";

type Listener = (link: PeerLink) => void;

/** Spellings of addresses that are remembered; the oldest is forgotten first. */
const spellingsMax = 4_096;
/** How long an address counts as a peer's that only said so there, and proved nothing. Milliseconds. */
const claimMs = 60_000;

/** Where dialling an address has led. */
interface Led {
  readonly nodeId: string;
  readonly linkId: Uint8Array;
  readonly until: number;
}

/** The links of an endpoint, one for each node, and who waits for one. */
export class LinkTable implements Iterable<PeerLink> {
  readonly #runtime: Runtime;
  readonly #byNode = new Map<string, PeerLink>();
  readonly #byAddress = new Map<string, PeerLink>();
  /** By address as it was dialled, which may be another spelling or another name of where the peer says that it is. */
  readonly #led = new Map<string, Led>();
  readonly #waiting = new Map<string, Set<Listener>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#byNode.size;
  }

  [Symbol.iterator](): Iterator<PeerLink> {
    return this.#byNode.values();
  }

  get(nodeId: string): PeerLink | undefined {
    return this.#byNode.get(nodeId);
  }

  /** The link to the node that can be dialed at `address`, or that dialling it has led to. */
  at(address: PeerAddress): PeerLink | undefined {
    const key = formatAddress(address);
    return this.#byAddress.get(key) ?? this.#ledTo(key);
  }

  /**
   * Remembers that dialling `address` has led to the node of `link`, as long as that link stands.
   *
   * @param isProved whether the node has proved itself there; else it is asked again after a minute.
   */
  led(address: PeerAddress, { peer, linkId }: PeerLink, isProved: boolean): void {
    const key = formatAddress(address);
    const until = isProved ? Number.POSITIVE_INFINITY : this.#runtime.now() + claimMs;
    this.#led.delete(key);
    this.#led.set(key, { nodeId: peer.nodeId, linkId, until });
    if (this.#led.size > spellingsMax) this.#led.delete(this.#led.keys().next().value as string);
  }

  #ledTo(key: string): PeerLink | undefined {
    const led = this.#led.get(key);
    if (led === undefined) return undefined;
    const link = this.#byNode.get(led.nodeId);
    if (link?.linkId === led.linkId && this.#runtime.now() < led.until) return link;
    this.#led.delete(key);
    return undefined;
  }

  add(link: PeerLink): void {
    this.#byNode.set(link.peer.nodeId, link);
    this.#byAddress.set(formatAddress(link.peer.address), link);
  }

  /** Removes `link`, unless another one took its place. */
  delete(link: PeerLink): void {
    if (this.#byNode.get(link.peer.nodeId) === link) this.#byNode.delete(link.peer.nodeId);
    const address = formatAddress(link.peer.address);
    if (this.#byAddress.get(address) === link) this.#byAddress.delete(address);
  }

  /** Tells those who wait for a link to this node. */
  announce(link: PeerLink): void {
    const listeners = this.#waiting.get(link.peer.nodeId);
    this.#waiting.delete(link.peer.nodeId);
    for (const listener of listeners ?? []) listener(link);
  }

  /**
   * The link to `nodeId`, once there is one.
   *
   * @returns undefined when there is none after `timeoutMs`. @throws {TransportError} `closed` when `signal` gave it up.
   */
  linked(
    nodeId: string,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<PeerLink | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        timer.cancel();
        stopWaiting();
        signal.removeEventListener("abort", onAbort);
        then();
      };
      const onAbort = (): void =>
        settle(() => reject(new TransportError("closed", `The dial to ${nodeId} was given up here.`)));
      const stopWaiting = this.#onceAnnounced(nodeId, (link) => settle(() => resolve(link)));
      const timer: Timer = this.#runtime.setTimer(timeoutMs, () => settle(() => resolve(this.get(nodeId))));
      signal.addEventListener("abort", onAbort);
      const known = this.get(nodeId);
      if (known) settle(() => resolve(known));
      else if (signal.aborted) onAbort();
    });
  }

  /** Calls `listener` when the next link to `nodeId` is announced. @returns gives up waiting. */
  #onceAnnounced(nodeId: string, listener: Listener): () => void {
    const listeners = this.#waiting.get(nodeId) ?? new Set();
    this.#waiting.set(nodeId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#waiting.get(nodeId) === listeners) this.#waiting.delete(nodeId);
    };
  }
}
