import { constants } from "node:crypto";
import type { ConnectionOptions, SecureContextOptions, TlsOptions as ServerTlsOptions } from "node:tls";
import { TransportError } from "../errors.ts";
import { optionText } from "../option-text.ts";
import type { TransportTls } from "../transport.ts";
import type { CertificateIdentity } from "./certificate-identity.ts";
import { isSameMaterial, readTlsMaterial, type TlsMaterial } from "./tls-material.ts";
import { type TlsOptions, tlsOptionsSchema } from "./tls-options.ts";

/** The certificates in use, and how they are replaced while connections come and go. */
export class TlsCertificates implements TransportTls {
  readonly requireClientCertificate: boolean;
  readonly checkFilesMs: number;
  readonly #options: TlsOptions;
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  #current: TlsMaterial | undefined;
  #loading: Promise<unknown> = Promise.resolve();

  /** @throws {TransportError} `invalidTls`. */
  constructor(options: TlsOptions) {
    const parsed = tlsOptionsSchema.safeParse(options, { error: optionText });
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => `tls.${path.join(".")}: ${message}`).join("; ");
      throw new TransportError("invalidTls", `The options of TLS are not usable: ${issues}.`);
    }
    this.#options = parsed.data;
    this.requireClientCertificate = options.requireClientCertificate ?? true;
    this.checkFilesMs = options.checkFilesMs ?? 60_000;
  }

  /** What is in use, read now if nothing is yet. @throws {TransportError} `invalidTls`. */
  async material(): Promise<TlsMaterial> {
    if (this.#current === undefined) await this.load(() => {});
    return this.#current as TlsMaterial;
  }

  load(check: (certificate: CertificateIdentity) => void): Promise<CertificateIdentity | undefined> {
    // One after the other: an older read must not come out on top of a newer one.
    const loading = this.#loading.then(() => this.#load(check));
    this.#loading = loading.catch(() => {});
    return loading;
  }

  /** Calls `listener` with what is in use, and whenever that changes. @returns stops that. */
  onMaterial(listener: (material: TlsMaterial) => void): () => void {
    if (this.#current) listener(this.#current);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #load(check: (certificate: CertificateIdentity) => void): Promise<CertificateIdentity | undefined> {
    const material = await readTlsMaterial(this.#options);
    if (this.#current && isSameMaterial(this.#current, material)) return undefined;
    check(material.identity);
    this.#current = material;
    for (const listener of this.#listeners) listener(material);
    return material.identity;
  }
}

/** What a dial needs. The name that is dialed says nothing; whom the certificate names is checked against the node id. */
export function dialTlsOptions({ context }: TlsMaterial): ConnectionOptions {
  return {
    secureContext: context,
    minVersion: "TLSv1.3",
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  };
}

/** What a server needs from the start; see {@link serverContext} for what can change. */
export function serverTlsOptions(requireClientCertificate: boolean): ServerTlsOptions {
  // Refused by the listener, which can tell why; TLS would only break the connection.
  return { requestCert: requireClientCertificate, rejectUnauthorized: false };
}

/** Key, certificates and revocations for a server. */
export function serverContext({ cert, key, ca, crl }: TlsMaterial): SecureContextOptions {
  // Without tickets every connection is a full handshake, so that an expired or replaced certificate counts at once.
  const secureOptions = constants.SSL_OP_NO_TICKET;
  return { cert, key, ca: [...ca], ...(crl && { crl: [...crl] }), minVersion: "TLSv1.3", secureOptions };
}
