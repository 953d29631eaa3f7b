import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { TransportError } from "../errors.ts";
import { type CertificateIdentity, certificateIdentity } from "./certificate-identity.ts";
import { type PemOption, readPem } from "./read-pem.ts";
import type { TlsOptions } from "./tls-options.ts";

/** Key and certificates as they were read, checked against each other. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: readonly string[];
  /** One list each; undefined when none were given. */
  readonly crl: readonly string[] | undefined;
  /** For dials. */
  readonly context: SecureContext;
  readonly identity: CertificateIdentity;
}

/** Reads and checks what `options` name. @throws {TransportError} `invalidTls`; shows no key. */
export async function readTlsMaterial(options: TlsOptions): Promise<TlsMaterial> {
  const [cert, key, ca, lists] = await Promise.all([
    readPem(options.cert, "cert"),
    readPem(options.key, "key"),
    readAll(options.ca, "ca"),
    options.crl === undefined ? undefined : readAll(options.crl, "crl"),
  ]);
  const crl = lists?.flatMap(listsIn);
  const certificate = attempt("cert: it is no certificate in PEM form", () => new X509Certificate(cert));
  for (const authority of ca) attempt("ca: one is no certificate in PEM form", () => new X509Certificate(authority));
  for (const list of crl ?? [])
    attempt("crl: one is no revocation list in PEM form", () => createSecureContext({ crl: list }));
  const context = attempt("key: it is no key in PEM form, or does not belong to cert", () =>
    createSecureContext({ cert, key, ca, ...(crl && { crl }), minVersion: "TLSv1.3" }),
  );
  return { cert, key, ca, crl, context, identity: certificateIdentity(certificate) };
}

/** Whether both came from the same texts. */
export function isSameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  const texts = ({ cert, key, ca, crl = [] }: TlsMaterial): string => JSON.stringify([cert, key, ca, crl]);
  return texts(one) === texts(other);
}

function readAll(given: string | readonly string[], option: PemOption): Promise<string[]> {
  return Promise.all((typeof given === "string" ? [given] : given).map((one) => readPem(one, option)));
}

/** Node reads no more than the first list of a text. A text without any is left as it is, to be refused. */
function listsIn(text: string): string[] {
  return text.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g) ?? [text];
}

function attempt<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TransportError("invalidTls", `tls.${what} (${code ?? "unreadable"}).`, { cause: error });
  }
}
