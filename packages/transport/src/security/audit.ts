import type { CertificateIdentity } from "./certificate-identity.ts";

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
  /** A connection was refused. */
  | {
      readonly kind: "refused";
      readonly remoteHost: string;
      /** A close code of the protocol, or the status of the HTTP answer. */
      readonly code: number;
      readonly reason: string;
      /** The node id that it claimed, when it got that far. */
      readonly claimedId: string | undefined;
      /** Further refusals of this host since its last event; there is one a minute at most. */
      readonly notReported: number;
    }
  /** Other secrets are in use from now on. */
  | { readonly kind: "secretsReplaced"; readonly count: number }
  /** Another certificate is in use from now on. */
  | { readonly kind: "tlsLoaded"; readonly certificate: CertificateIdentity }
  /** The one in use was kept. */
  | { readonly kind: "tlsReloadFailed"; readonly reason: string }
  /** This node's links are not encrypted although they leave the machine. */
  | { readonly kind: "insecureStart"; readonly host: string };
