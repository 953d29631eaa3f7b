import type { PeerLink } from "../link/peer-link.ts";
import { formatAddress, type PeerAddress } from "../transport.ts";

type Listener = (link: PeerLink) => void;

/** The links of an endpoint, one for each node, and who waits for one. */
export class LinkTable implements Iterable<PeerLink> {
  readonly #byNode = new Map<string, PeerLink>();
  readonly #byAddress = new Map<string, PeerLink>();
  readonly #waiting = new Map<string, Set<Listener>>();

  get size(): number {
    return this.#byNode.size;
  }

  [Symbol.iterator](): Iterator<PeerLink> {
    return this.#byNode.values();
  }

  get(nodeId: string): PeerLink | undefined {
    return this.#byNode.get(nodeId);
  }

  /** The link to the node that can be dialed at `address`. */
  at(address: PeerAddress): PeerLink | undefined {
    return this.#byAddress.get(formatAddress(address));
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

  /** Calls `listener` when the next link to `nodeId` is announced. @returns gives up waiting. */
  onceLinked(nodeId: string, listener: Listener): () => void {
    const listeners = this.#waiting.get(nodeId) ?? new Set();
    this.#waiting.set(nodeId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#waiting.get(nodeId) === listeners) this.#waiting.delete(nodeId);
    };
  }
}
