import type { PeerIdentity } from "../link/link.ts";
import type { CertificateIdentity } from "./certificate-identity.ts";

/** Who wants what. */
export interface AuthorizationRequest {
  /** Whom the other side claims to be; confirmed by its certificate, if it has one. */
  readonly peer: PeerIdentity;
  /**
   * `true`: the peer has dialed and has proved that it knows the secret. `false`: it was dialed from here, and proves it
   * afterwards.
   */
  readonly isProved: boolean;
  /** `control` for a new link, else the channel that is to be opened within one. */
  readonly channel: string;
  /** The host that the network shows. */
  readonly remoteHost: string;
  /** Undefined without TLS, or without a client certificate. */
  readonly certificate: CertificateIdentity | undefined;
}

/** `true`: let it in. `{ deny }`: do not, with a reason that the other side and the log get to see. */
export type AuthorizationDecision = true | { readonly deny: string };

/**
 * Decides about each connection. It has until the end of the handshake's time; a decision that comes late, throws or is neither
 * of the two counts as a denial.
 */
export type Authorize = (request: AuthorizationRequest) => AuthorizationDecision | Promise<AuthorizationDecision>;

/** Asks `authorize`. Never rejects. @returns the reason of a denial, or undefined. */
export async function denialOf(
  authorize: Authorize,
  request: AuthorizationRequest,
  onFailure: (error: unknown) => void,
): Promise<string | undefined> {
  try {
    const decision: unknown = await authorize(request);
    if (decision === true) return undefined;
    const reason = (decision as { deny?: unknown } | null | undefined)?.deny;
    return typeof reason === "string" ? reason : "not authorized";
  } catch (error) {
    onFailure(error);
    return "the authorization failed";
  }
}
