import { z } from "zod";

/** Certificates for links that are encrypted: TLS 1.3, by default with certificates on both sides. */
export interface TlsOptions {
  /** This node's certificate, and those between it and the authority: PEM text, or the path of a file. */
  readonly cert: string;
  /** The key of the certificate: PEM text, or the path of a file. Never logged. */
  readonly key: string;
  /** Certificates of the authorities that peers have to be certified by: PEM text or paths. No others are trusted. */
  readonly ca: string | readonly string[];
  /**
   * Lists of certificates that count no more (RFC 5280), PEM text or paths, of every authority in `ca`: with any list here, a
   * certificate whose authority has none, or one that has expired, is refused. Default: none, nothing is revoked.
   */
  readonly crl?: string | readonly string[] | undefined;
  /**
   * `true` (default): who dials this node has to show a certificate as well. `false`: it proves itself by the secret alone, and
   * anybody who knows that can claim any node id that is free.
   */
  readonly requireClientCertificate?: boolean | undefined;
  /**
   * Milliseconds between looks at the files, whose changes take effect for new connections. Default 60 000; 0 never looks:
   * only `reloadTls()` does.
   */
  readonly checkFilesMs?: number | undefined;
}

const pemText = "must be PEM text, or the path of a file";
const pem = z.string(pemText).min(1, pemText).max(1_000_000, pemText);
const pems = z.union([pem, z.array(pem).min(1).max(64)], `${pemText}, or 1 to 64 of them in an array`);

/** Checks {@link TlsOptions}. */
export const tlsOptionsSchema: z.ZodType<TlsOptions> = z.strictObject({
  cert: pem,
  key: pem,
  ca: pems,
  crl: pems.optional(),
  requireClientCertificate: z.boolean().optional(),
  checkFilesMs: z.union([z.literal(0), z.int().min(100).max(86_400_000)], "must be 0 or 100 to 86 400 000").optional(),
});
