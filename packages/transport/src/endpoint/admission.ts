import { TransportError } from "../errors.ts";
import { closeCode, duplicateReason, type Refusal } from "../handshake/close-code.ts";
import type { Hello } from "../handshake/hello.ts";
import { type AgreedChannel, agree, decodeTerms } from "../link/channel-agreement.ts";
import type { ChannelOptions } from "../link/channel-options.ts";
import type { PeerIdentity } from "../link/link.ts";
import { formatAddress } from "../transport.ts";
import type { LinkTable } from "./link-table.ts";
import type { LocalNode } from "./local-node.ts";

/** What an {@link Admission} goes by. */
interface AdmissionOptions {
  readonly local: LocalNode;
  readonly links: LinkTable;
  /** In order of priority. */
  readonly channels: readonly ChannelOptions[];
  /** Further rules, by the peer's identity. */
  readonly admit: ((peer: PeerIdentity) => Refusal | undefined) | undefined;
}

/** Whether a peer that has introduced itself may have the link, or the further connection of a link, that it wants. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** The initiator's check of who has answered, before it proves anything. */
  refuseDialed(peer: Hello): Refusal | undefined {
    return this.#refuseNamesake(peer) ?? this.#refuseByLink(peer) ?? this.#refuseByRules(peer);
  }

  /**
   * The responder's check of a new link, after the initiator proved itself.
   *
   * @param isDialed whether this side is dialing that very life of the peer at the same time.
   */
  refuseLink(peer: Hello, isDialed: boolean): Refusal | undefined {
    const refusal = this.#refuseNamesake(peer) ?? this.#refuseByLink(peer);
    if (refusal) return refusal;
    // Both sides dial at once: the dial of the smaller id wins, and both sides know which one that is.
    if (isDialed && this.#options.local.nodeId < peer.nodeId) {
      return { code: closeCode.duplicate, reason: duplicateReason.link };
    }
    return this.#refuseByRules(peer);
  }

  /** The responder's check of a further connection of a link. */
  refuseChannel(peer: Hello): Refusal | undefined {
    const link = this.#options.links.get(peer.nodeId);
    if (!link || link.peer.incarnation !== peer.incarnation || !Buffer.from(link.linkId).equals(peer.linkId)) {
      return { code: closeCode.unknownChannel, reason: "no such link" };
    }
    if (!link.awaits(peer.channel, peer.connectionIndex)) {
      return { code: closeCode.unknownChannel, reason: "no such channel, or it is open" };
    }
    return undefined;
  }

  /** The channels of a link with `peer`, or why there can be none. */
  agree(peer: Hello): AgreedChannel[] | Refusal {
    try {
      const terms = peer.extension === undefined ? undefined : decodeTerms(peer.extension);
      const agreed = agree(this.#options.channels, terms);
      return typeof agreed === "string" ? { code: closeCode.channelMismatch, reason: agreed } : agreed;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return { code: closeCode.malformed, reason: "malformed terms" };
    }
  }

  #refuseNamesake({ nodeId }: Hello): Refusal | undefined {
    if (nodeId !== this.#options.local.nodeId) return undefined;
    return { code: closeCode.duplicate, reason: duplicateReason.node };
  }

  /** What the link that is there, if any, means for one more from `peer`. */
  #refuseByLink(peer: Hello): Refusal | undefined {
    const known = this.#options.links.get(peer.nodeId)?.peer;
    if (!known) return undefined;
    if (known.incarnation > peer.incarnation) {
      return { code: closeCode.declaredDead, reason: "a newer incarnation of the node is here" };
    }
    const isSameAddress = formatAddress(known.address) === formatAddress(peer.address);
    // Somebody else under the same id. Were the first one dead, its link would break or be closed, and this one dials again.
    if (!isSameAddress) return { code: closeCode.duplicate, reason: duplicateReason.node };
    // Two processes cannot listen at one address, so a newer incarnation there means that the older one has ended.
    return known.incarnation === peer.incarnation
      ? { code: closeCode.duplicate, reason: duplicateReason.link }
      : undefined;
  }

  #refuseByRules(peer: Hello): Refusal | undefined {
    const refusal = this.#options.admit?.(identityOf(peer));
    if (refusal) return refusal;
    const agreed = this.agree(peer);
    return "code" in agreed ? agreed : undefined;
  }
}

/** Who sent a hello. */
export function identityOf({ nodeId, incarnation, address }: Hello): PeerIdentity {
  return { nodeId, incarnation, address };
}
