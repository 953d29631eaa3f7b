import type { PeerAddress } from "@foundation/transport";

/**
 * What this node thinks of a member.
 *
 * `up`: it answers. `suspect`: it does not, and a verdict is being sought. `leaving`: it said that it will stop, and takes
 * no new work.
 */
export type MemberStatus = "up" | "suspect" | "leaving";

/** One node of the cluster, as this node sees it. */
export interface Member {
  readonly nodeId: string;
  /** Grows with every start of the node: which life of it this is. */
  readonly incarnation: number;
  readonly address: PeerAddress;
  readonly status: MemberStatus;
  /** Whether this is the node that was asked. */
  readonly isSelf: boolean;
}

/** Why a member is gone: it said goodbye, was found dead, or came back as a newer incarnation. */
export type DepartureReason = "left" | "dead" | "superseded";

/** What has become of one member; of this node itself, when it leaves or goes on as a new incarnation. */
export type MemberChange =
  | {
      readonly kind: "memberUp" | "memberLinked" | "memberSuspect" | "memberTrusted" | "memberLeaving" | "selfRenewed";
      /** As it is from now on. */
      readonly member: Member;
    }
  | {
      readonly kind: "memberDown";
      /** As it was. */
      readonly member: Member;
      readonly reason: DepartureReason;
      readonly why: string | undefined;
    };

/** Changes of the membership, in the order in which this node learns of them. */
export interface MembershipEvents {
  memberUp: [member: Member];
  /** A link to the member stands: after `memberUp`, and again each time a broken link is replaced. */
  memberLinked: [member: Member];
  memberSuspect: [member: Member];
  /** A suspect member answers again. */
  memberTrusted: [member: Member];
  memberLeaving: [member: Member];
  /** `why`: of one that died, what showed it, as half a sentence. */
  memberDown: [member: Member, reason: DepartureReason, why?: string | undefined];
  /** This node has linked whom it could find; from here on it acts as a member of what cluster there is. */
  joined: [];
  /** This node goes on as a new incarnation, because others knew a later one than it began with. */
  selfRenewed: [self: Member];
}

/** The names of {@link MembershipEvents}. */
export const membershipEventNames: { readonly [Name in keyof MembershipEvents]: true } = {
  memberUp: true,
  memberLinked: true,
  memberSuspect: true,
  memberTrusted: true,
  memberLeaving: true,
  memberDown: true,
  joined: true,
  selfRenewed: true,
};
