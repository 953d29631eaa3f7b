/** What a node tells others about itself so that they can find it. */
export interface Announcement {
  readonly cluster: string;
  readonly nodeId: string;
  /** Where the node accepts links. */
  readonly host: string;
  readonly port: number;
}

/** An address where a peer might be. Finding it says nothing about whether it is alive or belongs to the cluster. */
export interface PeerCandidate {
  readonly host: string;
  readonly port: number;
  /** Known to some strategies; saves dialling oneself. */
  readonly nodeId?: string;
}

/**
 * One way of finding nodes that might be peers.
 *
 * The cluster calls {@link discover} at every reconciliation tick and dials what it does not know yet. An answer that is
 * empty or an error never removes a live member: membership decides who is alive.
 */
export interface DiscoveryStrategy {
  /** Names the strategy in logs. */
  readonly name: string;
  /** Makes this node findable. Called once, before the first {@link discover}. @throws DiscoveryError. */
  announce(self: Announcement): Promise<void>;
  /** Who might be a peer at this moment. May include this node itself. @throws DiscoveryError. */
  discover(): Promise<readonly PeerCandidate[]>;
  /** Calls `listener` when a new {@link discover} may find more. @returns how to stop listening. */
  onChange?(listener: () => void): () => void;
  /** Takes the announcement back. Called once, at the end. */
  withdraw(): Promise<void>;
}
