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
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65 535. */
  readonly port: number;
  /** Known to some strategies; saves dialling oneself. */
  readonly nodeId?: string;
}

/**
 * One way of finding nodes that might be peers.
 *
 * `discoveryContract` of `@foundation/testkit` checks a strategy of one's own against what is said here.
 *
 * The cluster calls {@link discover} at every reconciliation tick and dials what it does not know yet. An answer that is
 * empty or an error never removes a live member: membership decides who is alive.
 */
export interface DiscoveryStrategy {
  /** Names the strategy in logs. */
  readonly name: string;
  /**
   * Makes this node findable, in place of an earlier life of the node with this id. Where two nodes of one id can be told from
   * two lives of one, both stay findable: they find each other and say so. Called once, before the first
   * {@link discover}. A strategy that only reads what others publish does nothing here.
   *
   * @throws any Error, DiscoveryError for the strategies of this package: the node does not start.
   */
  announce(self: Announcement): Promise<void>;
  /**
   * Who might be a peer at this moment: all or nothing, as a list that does not change later. May include this node itself and nodes
   * that are gone. It may take as long as it has to; the cluster asks again after the answer, at the latest after 60 s.
   *
   * @throws any Error when there is no answer, DiscoveryError for the strategies of this package. Never an empty list
   * instead: the cluster logs the error and asks again at the next tick.
   */
  discover(): Promise<readonly PeerCandidate[]>;
  /** Calls `listener` when a new {@link discover} may find others than before. @returns how to stop listening. */
  onChange?(listener: () => void): () => void;
  /** Takes the announcement back, unless a later life of the node has replaced it. Called once, at the end. */
  withdraw(): Promise<void>;
}
