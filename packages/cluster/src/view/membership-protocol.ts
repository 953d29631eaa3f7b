import type { Runtime } from "@foundation/actor";
import type { Endpoint, Link } from "@foundation/transport";
import type { FailureDetectorOptions } from "../detection/failure-detector-options.ts";
import { Verdicts } from "../detection/verdicts.ts";
import type { NodeProtocol, NodeProtocols } from "../parts/node-protocols.ts";
import type { PeerDialer } from "../topology/peer-dialer.ts";
import type { Member } from "./member.ts";
import type { Membership } from "./membership.ts";
import { type MembershipMessage, membershipMessageSchema, membersPerMessageMax } from "./membership-message.ts";

/** What a {@link MembershipProtocol} works with. */
interface MembershipProtocolOptions {
  readonly runtime: Runtime;
  readonly detection: FailureDetectorOptions;
  readonly endpoint: Endpoint;
  readonly membership: Membership;
  readonly protocols: NodeProtocols;
  readonly dialer: PeerDialer;
  /** Whether this node may judge a peer by its silence now. */
  readonly mayJudgeSilence: () => boolean;
  /** A member has told all that it is linked to. */
  readonly heardOfMembers: () => void;
}

/** What the members tell each other of members: whom they are linked to, who leaves, and who may be dead. */
export class MembershipProtocol {
  readonly verdicts: Verdicts;
  readonly #options: MembershipProtocolOptions;
  readonly #protocol: NodeProtocol<MembershipMessage>;
  /** Which life of each member has said whom it is linked to. */
  readonly #listsOf = new Map<string, number>();

  constructor(options: MembershipProtocolOptions) {
    this.#options = options;
    this.#protocol = options.protocols.add({
      name: "membership",
      schema: membershipMessageSchema,
      receive: (message, nodeId) => this.#receive(message, nodeId),
    });
    this.verdicts = new Verdicts({ ...options, protocol: this.#protocol });
  }

  /** Whether this member has said whom it is linked to. */
  hasListOf({ nodeId, incarnation }: Member): boolean {
    return this.#listsOf.get(nodeId) === incarnation;
  }

  forget(nodeId: string): void {
    this.#listsOf.delete(nodeId);
  }

  /** Tells a new link of all others, and that this node leaves if it does. */
  introduce(link: Link): void {
    const { endpoint, membership } = this.#options;
    const { nodeId } = link.peer;
    const others = [...endpoint.links()].filter((other) => other !== link).map((other) => other.peer.address);
    for (let at = 0; at === 0 || at < others.length; at += membersPerMessageMax) {
      const members = others.slice(at, at + membersPerMessageMax);
      const isLast = at + membersPerMessageMax >= others.length;
      this.#protocol.send(nodeId, { kind: "members", members, isLast });
    }
    if (membership.self.status === "leaving") this.#protocol.send(nodeId, { kind: "leaving" });
  }

  /** Tells all members that this node leaves. */
  leave(): void {
    this.#protocol.broadcast({ kind: "leaving" });
  }

  #receive(message: MembershipMessage, from: string): void {
    switch (message.kind) {
      case "members":
        return this.#heardOfMembers(message, from);
      case "leaving":
        return this.#options.membership.leaving(from);
      case "down":
        return this.verdicts.heardOfDeath(message, from);
      case "inquire":
        return this.verdicts.answerInquiry(message, from);
      case "heard":
        return this.verdicts.inquiryAnswered(message, message.agoMs);
      default:
        message satisfies never;
    }
  }

  #heardOfMembers({ members, isLast }: Extract<MembershipMessage, { kind: "members" }>, from: string): void {
    const { dialer, membership, heardOfMembers } = this.#options;
    dialer.dialAll(members);
    const member = membership.get(from);
    if (isLast && member !== undefined) this.#listsOf.set(from, member.incarnation);
    heardOfMembers();
  }
}
