import type { Log, Runtime } from "@foundation/actor";
import { closeCode, type Endpoint, formatAddress, type PeerIdentity, type Refusal } from "@foundation/transport";
import type { Membership } from "./membership.ts";

/** How far a node that was outlived by an earlier life of its own goes beyond that one, at most. Milliseconds: 17 minutes. */
const renewalSpreadMs = 2 ** 20;

/** What {@link Incarnations} work with. */
interface IncarnationsOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly membership: Membership;
  readonly endpoint: () => Pick<Endpoint, "rejoin">;
}

/** Which lives of nodes are over: those of others are not let in again, and this node goes on beyond its own. */
export class Incarnations {
  readonly #options: IncarnationsOptions;

  constructor(options: IncarnationsOptions) {
    this.#options = options;
  }

  /** Why this life of a peer is not let in. */
  refusalOf(peer: PeerIdentity): Refusal | undefined {
    const { membership } = this.#options;
    const newest = membership.newestIncarnation(peer.nodeId);
    if (peer.incarnation >= newest || peer.nodeId === membership.self.nodeId) return undefined;
    const refusal = { code: closeCode.declaredDead, reason: `incarnation ${newest} of this node was here already` };
    // While the newer life may still run, at another address, this is another node under its name.
    const member = membership.get(peer.nodeId);
    const isOver = member === undefined || formatAddress(member.address) === formatAddress(peer.address);
    return isOver ? { ...refusal, outlivedBy: newest } : refusal;
  }

  /**
   * This node was restarted with its clock set back: its life looks older than one that others saw the end of. It takes the
   * next higher incarnation, as memberlist's refutation does (SWIM, Das et al. 2002, section 4.2).
   */
  outlived(newest: number): void {
    const { runtime, log, membership, endpoint } = this.#options;
    const { nodeId, incarnation, address } = membership.self;
    if (newest < incarnation || newest >= Number.MAX_SAFE_INTEGER) return;
    log.warn("a later life of this node was known: it goes on as a newer one", { incarnation, newest });
    // Not simply the next one: two lives that are told of the same earlier one must not take the same number.
    const renewed = newest + 1 + Math.floor(runtime.random() * renewalSpreadMs);
    membership.renewSelf({ nodeId, incarnation: renewed, address });
    endpoint().rejoin(renewed);
  }
}
