/** WebSocket close codes that this protocol uses, besides the standard ones. */
export const closeCode = {
  /** Nothing is wrong: the node leaves or the link is not needed. */
  normal: 1000,
  /** The node leaves, as the `goodbye` frame says; this may arrive before it, on another connection of the link. */
  goodbye: 4200,
  /** Bytes that do not follow the protocol. */
  malformed: 4400,
  /** No proof, a wrong proof, or anything but a proof where one was due. */
  unauthenticated: 4401,
  /** A certificate is missing, or names another node. */
  certificateRejected: 4402,
  /** The other side belongs to a cluster of another name. */
  wrongCluster: 4403,
  /** No channel of this name here. */
  unknownChannel: 4404,
  /** The rules of whoever runs the node do not allow it. */
  forbidden: 4407,
  /** The handshake took too long. */
  handshakeTimeout: 4408,
  /** There is a better connection for this purpose; the reason says which case it is. */
  duplicate: 4409,
  /** This incarnation of the node was declared dead. */
  declaredDead: 4410,
  /** The other side took nothing from a channel's queue for longer than `stallMsMax`. */
  stalled: 4413,
  /** A channel that the other side has set differently, in a way that cannot be brought together; the reason says what. */
  channelMismatch: 4422,
  /** No protocol version in common; the reason carries the range that is spoken. */
  versionMismatch: 4426,
} as const;

/** Reasons that come with {@link closeCode.duplicate}. They are part of the protocol: the initiator acts on them. */
export const duplicateReason = {
  /** A link to this incarnation is there, or the responder's own dial wins. */
  link: "link exists",
  /** Another live node has this id. */
  node: "node id is taken",
  /** A newer incarnation of the same node arrived. */
  superseded: "superseded by a newer incarnation",
} as const;

/** Why a connection is not wanted. */
export interface Refusal {
  /** A close code from {@link closeCode}. */
  readonly code: number;
  /** At most 123 bytes, free of secrets; the other side sees it. */
  readonly reason: string;
  /**
   * The newest life of the peer's node that is known to be over, when its own is an older one. The peer is told in a signed
   * frame before the connection closes, and may come back under a higher incarnation.
   */
  readonly outlivedBy?: number;
}
