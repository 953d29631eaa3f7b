import type { CertificateIdentity } from "./certificate-identity.ts";

/** A message of a member that was not handled. */
export interface MessageRefusal {
  /** The actor, or the protocol between nodes, that it was for. */
  readonly recipient: string;
  /** The method that was called; `receive` for a plain message. */
  readonly method: string;
  /**
   * `badMessage`: there is no such message, or its arguments do not fit. `notExposed`: the member was never given this actor.
   * `overloaded`: the actor's mailbox is full.
   */
  readonly code: string;
  readonly reason: string;
}

/** What matters to whoever watches over a cluster's security. Plain data without secrets. */
export type AuditEvent =
  /** A connection has proved itself and belongs to a link now. */
  | {
      readonly kind: "accepted";
      readonly nodeId: string;
      readonly incarnation: number;
      readonly channel: string;
      readonly remoteHost: string;
      readonly isEncrypted: boolean;
      /** Subject of the certificate. */
      readonly subject: string | undefined;
    }
  /** A connection was refused here, or ended before it had proved itself: `code` is 1006 when it broke. */
  | {
      readonly kind: "refused";
      readonly remoteHost: string;
      /** A close code of the protocol, or the status of the HTTP answer. */
      readonly code: number;
      readonly reason: string;
      /** The node id that it claimed, when it got that far. */
      readonly claimedId: string | undefined;
      /** Whether this node had dialed. */
      readonly initiatedHere: boolean;
      /** Further refusals of this host since its last event; there is one a minute at most. */
      readonly notReported: number;
    }
  /** A message of a member was not handled. Its link stays. */
  | ({
      readonly kind: "messageRefused";
      readonly nodeId: string;
      /** Further ones of this member with this code since its last event; there is one a minute at most. */
      readonly notReported: number;
    } & MessageRefusal)
  /** A link with a member was closed because its bytes mean nothing. */
  | {
      readonly kind: "malformed";
      readonly nodeId: string;
      readonly reason: string;
      /** Further links with this member since its last event; there is one a minute at most. */
      readonly notReported: number;
    }
  /** Other secrets are in use from now on. */
  | { readonly kind: "secretsReplaced"; readonly count: number }
  /** Another certificate, or another revocation list, is in use from now on. */
  | { readonly kind: "tlsLoaded"; readonly certificate: CertificateIdentity }
  /** The one in use was kept. */
  | { readonly kind: "tlsReloadFailed"; readonly reason: string }
  /** This node's links are not encrypted although they leave the machine. */
  | { readonly kind: "insecureStart"; readonly host: string };
