import type { PeerIdentity } from "@foundation/transport";
import type { DepartureReason, Member, MemberChange, MemberStatus } from "./member.ts";

/** Nodes whose last incarnation is remembered after they are gone. */
const departedMax = 10_000;

/** The members, as this node sees them: records what it is told, and says what has changed by it. No timers, no messages. */
export class Membership {
  readonly #members = new Map<string, Member>();
  /** The newest incarnation seen of nodes that are gone, so that an older life of them is never let in again. */
  readonly #departed = new Map<string, number>();
  readonly #changed: (change: MemberChange) => void;
  readonly #selfId: string;

  /** @param changed called with each change, when it is recorded. */
  constructor(self: PeerIdentity, changed: (change: MemberChange) => void) {
    this.#changed = changed;
    this.#selfId = self.nodeId;
    this.#members.set(self.nodeId, { ...self, status: "up", isSelf: true });
  }

  /** This node. */
  get self(): Member {
    return this.#members.get(this.#selfId) as Member;
  }

  /** All members, this node included, ordered by id. */
  members(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** The member with this id. */
  get(nodeId: string): Member | undefined {
    return this.#members.get(nodeId);
  }

  /** The newest incarnation of `nodeId` that was ever seen, 0 when none was. */
  newestIncarnation(nodeId: string): number {
    return Math.max(this.#members.get(nodeId)?.incarnation ?? 0, this.#departed.get(nodeId) ?? 0);
  }

  /** Whether this life of a node is known to be over. */
  hasDeparted(nodeId: string, incarnation: number): boolean {
    return (
      incarnation <= (this.#departed.get(nodeId) ?? 0) || incarnation < (this.#members.get(nodeId)?.incarnation ?? 0)
    );
  }

  /** This node goes on as a new incarnation, or at another address. */
  renewSelf(self: PeerIdentity): void {
    const { status, incarnation } = this.self;
    this.#members.set(self.nodeId, { ...self, status, isSelf: true });
    if (self.incarnation !== incarnation) this.#changed({ kind: "selfRenewed", member: this.self });
  }

  /** A new link to this incarnation stands. */
  linked(peer: PeerIdentity): void {
    this.up(peer);
    this.#changed({ kind: "memberLinked", member: this.#members.get(peer.nodeId) as Member });
  }

  /** This incarnation answers. */
  up({ nodeId, incarnation, address }: PeerIdentity): void {
    const known = this.#members.get(nodeId);
    if (known && known.incarnation >= incarnation) {
      if (known.status !== "suspect") return;
      return this.#changed({ kind: "memberTrusted", member: this.#become(known, "up") });
    }
    if (known) this.down(known, "superseded");
    const member: Member = { nodeId, incarnation, address, status: "up", isSelf: false };
    this.#members.set(nodeId, member);
    this.#departed.delete(nodeId);
    this.#changed({ kind: "memberUp", member });
  }

  /** The member does not answer. */
  suspect(nodeId: string, incarnation: number): void {
    const member = this.#members.get(nodeId);
    // One that is leaving stays so: it must not come to be trusted with new work again.
    if (member?.incarnation !== incarnation || member.status !== "up" || member.isSelf) return;
    this.#changed({ kind: "memberSuspect", member: this.#become(member, "suspect") });
  }

  /** The member will stop. Final for this incarnation. */
  leaving(nodeId: string): void {
    const member = this.#members.get(nodeId);
    if (member === undefined || member.status === "leaving") return;
    this.#changed({ kind: "memberLeaving", member: this.#become(member, "leaving") });
  }

  /** The member is gone. @param why what showed it, where that is not clear from the reason. */
  down(
    { nodeId, incarnation }: Pick<PeerIdentity, "nodeId" | "incarnation">,
    reason: DepartureReason,
    why?: string,
  ): void {
    const member = this.#members.get(nodeId);
    if (member?.incarnation !== incarnation || member.isSelf) return;
    this.#members.delete(nodeId);
    this.#remember(member);
    this.#changed({ kind: "memberDown", member, reason, why });
  }

  #become(before: Member, status: MemberStatus): Member {
    const member = { ...before, status };
    this.#members.set(member.nodeId, member);
    return member;
  }

  #remember({ nodeId, incarnation }: Member): void {
    this.#departed.set(nodeId, incarnation);
    if (this.#departed.size <= departedMax) return;
    const [oldest] = this.#departed.keys();
    if (oldest !== undefined) this.#departed.delete(oldest);
  }
}
