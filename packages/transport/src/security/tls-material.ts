import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { TransportError } from "../errors.ts";
import { type CertificateIdentity, certificateIdentity } from "./certificate-identity.ts";
import type { TlsOptions } from "./tls-options.ts";

/** Key and certificates as they were read, checked against each other. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: readonly string[];
  /** For dials. */
  readonly context: SecureContext;
  readonly identity: CertificateIdentity;
}

/** Reads and checks what `options` name. @throws {TransportError} `invalidTls`; shows no key. */
export async function readTlsMaterial(options: TlsOptions): Promise<TlsMaterial> {
  const authorities = typeof options.ca === "string" ? [options.ca] : options.ca;
  const [cert, key, ...ca] = await Promise.all([
    readPem(options.cert, "cert"),
    readPem(options.key, "key"),
    ...authorities.map((authority) => readPem(authority, "ca")),
  ]);
  const certificate = attempt("cert: it is no certificate in PEM form", () => new X509Certificate(cert));
  for (const authority of ca) attempt("ca: one is no certificate in PEM form", () => new X509Certificate(authority));
  const context = attempt("key: it is no key in PEM form, or does not belong to cert", () =>
    createSecureContext({ cert, key, ca, minVersion: "TLSv1.3" }),
  );
  return { cert, key, ca, context, identity: certificateIdentity(certificate) };
}

/** Whether both came from the same texts. */
export function isSameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.cert === other.cert && one.key === other.key && one.ca.join("\n") === other.ca.join("\n");
}

async function readPem(textOrPath: string, option: string): Promise<string> {
  if (textOrPath.includes("-----BEGIN")) return textOrPath;
  try {
    return await readFile(textOrPath, "utf8");
  } catch (error) {
    // Somebody may have given the key itself without its first line; a path is shown only by its error's code.
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new TransportError(
      "invalidTls",
      `tls.${option}: it is no PEM text, and no file can be read there (${code}).`,
    );
  }
}

function attempt<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TransportError("invalidTls", `tls.${what} (${code ?? "unreadable"}).`, { cause: error });
  }
}
