import type { Runtime } from "@foundation/actor";
import { closeCode, type Endpoint, type Link, type PeerIdentity } from "@foundation/transport";
import type { NodeProtocol } from "../parts/node-protocols.ts";
import type { Member } from "../view/member.ts";
import type { Membership } from "../view/membership.ts";
import type { MembershipMessage } from "../view/membership-message.ts";
import { FailureDetector } from "./failure-detector.ts";
import type { FailureDetectorOptions } from "./failure-detector-options.ts";
import { LostPeers } from "./lost-peers.ts";
import { askForLife } from "./sign-of-life.ts";

/** Members that are asked whether they hear another one, at most. */
const inquiredMax = 10;

/** One life of a node. */
type Life = Pick<PeerIdentity, "nodeId" | "incarnation">;

/** What {@link Verdicts} work with. */
interface VerdictsOptions {
  readonly runtime: Runtime;
  readonly detection: FailureDetectorOptions;
  readonly endpoint: Pick<Endpoint, "connect" | "link" | "links" | "forget">;
  readonly membership: Membership;
  readonly protocol: Pick<NodeProtocol<MembershipMessage>, "send" | "broadcast">;
  /** Whether this node may judge a peer by its silence now. */
  readonly mayJudgeSilence: () => boolean;
}

/** Who is dead, by what this node hears and what the others say: brings together both detectors and the members' answers. */
export class Verdicts {
  readonly #options: VerdictsOptions;
  readonly #detector: FailureDetector;
  readonly #lost: LostPeers;

  constructor(options: VerdictsOptions) {
    this.#options = options;
    const { runtime, detection, endpoint, membership, mayJudgeSilence } = options;
    this.#detector = new FailureDetector(runtime, detection, {
      links: () => endpoint.links(),
      ping: askForLife,
      watch: (link, stalledMs) => link.watch(stalledMs),
      inquire: (link) => void this.#inquire(link.peer),
      trust: (link) => membership.up(link.peer),
      suspect: (link) => membership.suspect(link.peer.nodeId, link.peer.incarnation),
      // The next tick asks again.
      declareDown: (link) => {
        if (mayJudgeSilence()) this.#declareDown(link.peer, `it has not answered for ${detection.downAfterMs} ms`);
      },
      giveUp: (link) => link.close(closeCode.normal, "nothing comes through this link"),
    });
    this.#lost = new LostPeers(runtime, endpoint, detection.downAfterMs, {
      inquire: (peer) => this.#inquire(peer),
      mayJudgeSilence,
      declareDown: (peer) => this.#declareDown(peer, "its connection broke, and a new one cannot be made"),
    });
  }

  start(): void {
    this.#detector.start();
  }

  stop(): void {
    this.#detector.stop();
    this.#lost.stop();
  }

  /** A link to this node stands. */
  linked(nodeId: string): void {
    this.#lost.found(nodeId);
  }

  /** The link to this member broke. */
  unlinked(peer: PeerIdentity): void {
    this.#options.membership.suspect(peer.nodeId, peer.incarnation);
    this.#lost.search(peer);
  }

  /** Another member's verdict; ignored while this node hears the accused, and about this node itself. */
  heardOfDeath({ nodeId, incarnation }: Life, from: string): void {
    const { membership, endpoint } = this.#options;
    const member = membership.get(nodeId);
    if (member?.incarnation !== incarnation || member.status === "up" || member.isSelf) return;
    // A leaving one stays so while it answers: its link, which this node sees the end of, says more.
    if (member.status === "leaving" && endpoint.link(nodeId)?.isOpen === true) return;
    this.#depart(member, `it does not answer here either, and ${from} has found it dead`);
  }

  /** Another member asks when this node last heard of this one. */
  answerInquiry({ nodeId, incarnation }: Life, from: string): void {
    const { membership, endpoint, protocol } = this.#options;
    const link = endpoint.link(nodeId);
    const isUp = link?.peer.incarnation === incarnation && membership.get(nodeId)?.status !== "suspect";
    const agoMs = link !== undefined && isUp ? this.#detector.heardAgoMs(link) : null;
    protocol.send(from, { kind: "heard", nodeId, incarnation, agoMs });
  }

  /** @param agoMs milliseconds since the member that answers heard of this one; null: it has no link to it. */
  inquiryAnswered({ nodeId, incarnation }: Life, agoMs: number | null): void {
    this.#lost.answered(nodeId, incarnation, agoMs);
    const link = this.#options.endpoint.link(nodeId);
    if (link !== undefined && agoMs !== null) this.#detector.vouched(link, agoMs);
  }

  /**
   * Asks members other than the one in question: all of a small cluster, some of a large one, picked at random (SWIM's k
   * members), because every member asks when one dies.
   */
  #inquire({ nodeId, incarnation }: PeerIdentity): number {
    const { runtime, endpoint, protocol } = this.#options;
    const others = [...endpoint.links()].filter(({ peer }) => peer.nodeId !== nodeId);
    let asked = 0;
    while (others.length > 0 && asked < inquiredMax) {
      const [{ peer }] = others.splice(Math.floor(runtime.random() * others.length), 1) as [Link];
      if (protocol.send(peer.nodeId, { kind: "inquire", nodeId, incarnation })) asked++;
    }
    return asked;
  }

  #declareDown({ nodeId, incarnation }: PeerIdentity, why: string): void {
    const member = this.#options.membership.get(nodeId);
    if (member?.incarnation !== incarnation) return;
    this.#options.protocol.broadcast({ kind: "down", nodeId, incarnation });
    this.#depart(member, why);
  }

  #depart(member: Member, why: string): void {
    const { membership, endpoint } = this.#options;
    const { nodeId } = member;
    this.#lost.found(nodeId);
    // One that had said that it leaves has left, though its goodbye was lost.
    if (member.status === "leaving") membership.down(member, "left");
    else membership.down(member, "dead", why);
    endpoint.link(nodeId)?.close(closeCode.declaredDead, "declared dead: nothing was heard");
    endpoint.forget(nodeId);
  }
}
