import type { Runtime, Timer } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import { closeCode, type Refusal } from "../handshake/close-code.ts";
import type { HandshakeOptions } from "../handshake/handshake.ts";
import type { Hello } from "../handshake/hello.ts";
import type { Connection, Transport, TransportTls } from "../transport.ts";
import type { AuditEvent } from "./audit.ts";
import { AuditTrail } from "./audit-trail.ts";
import { type Authorize, denialOf } from "./authorization.ts";
import { type CertificateIdentity, expectedName, speaksFor } from "./certificate-identity.ts";
import { readSecrets, type SecretInput } from "./secrets.ts";

/** What {@link EndpointSecurity} needs to know. */
interface EndpointSecurityOptions {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly identity: { readonly cluster: string; readonly nodeId: string };
  /** The first one signs, all are accepted. */
  readonly secrets: readonly Uint8Array[];
  readonly authorize: Authorize | undefined;
  readonly audit: ((event: AuditEvent) => void) | undefined;
}

/** Who may have a connection with this node: its secrets, its certificates, the user's own rules, and the trail of it all. */
export class EndpointSecurity {
  readonly audit: AuditTrail;
  /** Undefined when the user has no rules, so that nobody has to wait for them. */
  readonly authorize:
    | ((peer: Hello, connection: Connection, isProved: boolean) => Promise<Refusal | undefined>)
    | undefined;
  readonly #options: EndpointSecurityOptions;
  #secrets: readonly Uint8Array[];
  #fileCheck: Timer | undefined;

  constructor(options: EndpointSecurityOptions) {
    this.#options = options;
    this.#secrets = options.secrets;
    this.audit = new AuditTrail(options.runtime, options.audit);
    const { authorize } = options;
    if (authorize !== undefined) this.authorize = (...asked) => this.#askUser(authorize, ...asked);
  }

  /** Loads the certificates, if there are to be any. @throws {TransportError} `invalidTls`. */
  async load(): Promise<void> {
    const { tls } = this.#options.transport;
    if (tls !== undefined) await this.#loadTls(tls);
  }

  /** Looks after the files of the certificates until {@link stop}. */
  watch(): void {
    const { checkFilesMs = 0 } = this.#options.transport.tls ?? {};
    if (checkFilesMs > 0) this.#checkFilesAfter(checkFilesMs);
  }

  stop(): void {
    this.#fileCheck?.cancel();
    this.#fileCheck = undefined;
  }

  /** What a handshake on `connection` is made of, besides the hello. */
  handshake(connection: Connection): Omit<HandshakeOptions, "hello"> {
    return { secrets: this.#secrets, tlsBinding: connection.security?.binding };
  }

  /** Why the certificate of `connection` does not speak for `peer`, if it does not. */
  refuse(peer: Hello, connection: Connection): Refusal | undefined {
    const { tls } = this.#options.transport;
    if (tls === undefined) return undefined;
    const certificate = connection.security?.certificate;
    // Those that dial may be allowed to have none; those that are dialed always have one.
    if (certificate === undefined && peer.role === "initiator" && !tls.requireClientCertificate) return undefined;
    if (certificate && speaksFor(certificate, this.#options.identity.cluster, peer.nodeId)) return undefined;
    const reason = certificate ? "the certificate is another node's" : "there is no certificate";
    return { code: closeCode.certificateRejected, reason };
  }

  /** Signs with the first of `secret` and accepts all of it from now on. @throws {TransportError} `invalidOption`. */
  rotateSecret(secret: SecretInput): void {
    this.#secrets = readSecrets(secret);
    this.audit.add({ kind: "secretsReplaced", count: this.#secrets.length });
  }

  /** Reads the certificates again. @throws {TransportError} `invalidTls`; those in use stay in use then. */
  async reloadTls(): Promise<void> {
    const { tls } = this.#options.transport;
    if (tls === undefined) {
      throw new TransportError("invalidTls", "There are no certificates to reload: this node was started without tls.");
    }
    try {
      await this.#loadTls(tls);
    } catch (error) {
      this.audit.add({ kind: "tlsReloadFailed", reason: (error as Error).message });
      throw error;
    }
  }

  async #loadTls(tls: TransportTls): Promise<void> {
    const certificate = await tls.load((loaded) => this.#checkOwn(loaded));
    if (certificate) this.audit.add({ kind: "tlsLoaded", certificate });
  }

  /** Other nodes would refuse it; better to know that now. */
  #checkOwn(certificate: CertificateIdentity): void {
    const { cluster, nodeId } = this.#options.identity;
    if (certificate.validTo <= this.#options.runtime.wallTime()) {
      const since = new Date(certificate.validTo).toISOString();
      throw new TransportError(
        "invalidTls",
        `tls.cert: it expired at ${since}; renew it, or check this machine's clock.`,
      );
    }
    if (speaksFor(certificate, cluster, nodeId)) return;
    const names = [
      ...certificate.uris.map((uri) => `URI:${uri}`),
      ...certificate.dnsNames.map((name) => `DNS:${name}`),
    ];
    const wanted = expectedName(cluster, nodeId);
    throw new TransportError(
      "invalidTls",
      `tls.cert: it names ${names.join(", ") || "nobody"} and not this node; its subject alternative name needs ${wanted}.`,
    );
  }

  #checkFilesAfter(delayMs: number): void {
    const check = async (): Promise<void> => {
      // A failure is in the audit trail, and the next look may find the other half of what somebody is just replacing.
      await this.reloadTls().catch(() => {});
      if (this.#fileCheck !== undefined) this.#checkFilesAfter(delayMs);
    };
    this.#fileCheck = this.#options.runtime.setTimer(delayMs, () => void check(), { background: true });
  }

  async #askUser(
    authorize: Authorize,
    { nodeId, incarnation, address, channel }: Hello,
    { remoteHost, security }: Connection,
    isProved: boolean,
  ): Promise<Refusal | undefined> {
    const peer = { nodeId, incarnation, address };
    const request = { peer, isProved, channel, remoteHost, certificate: security?.certificate };
    const denial = await denialOf(authorize, request, (error) =>
      this.#options.runtime.log.error("authorize failed", { peer: nodeId, error }),
    );
    return denial === undefined ? undefined : { code: closeCode.forbidden, reason: denial };
  }
}
