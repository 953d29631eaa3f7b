import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TransportError } from "../errors.ts";
import type { TlsOptions } from "./tls-options.ts";

/** An option that is PEM text or names a file of it. */
export type PemOption = Extract<keyof TlsOptions, "cert" | "key" | "ca" | "crl">;

/** What stands between `-----BEGIN` and the next hyphens where it is what the option is for. */
const labels: Readonly<Record<PemOption, RegExp>> = {
  cert: /^(X509 |TRUSTED )?CERTIFICATE$/,
  key: /PRIVATE KEY$/,
  ca: /^(X509 |TRUSTED )?CERTIFICATE$/,
  crl: /^X509 CRL$/,
};

const wanted: Readonly<Record<PemOption, string>> = {
  cert: "a certificate",
  key: "a private key",
  ca: "a certificate",
  crl: "a revocation list",
};

/**
 * PEM text that is given, or that a file holds. Node takes an empty key for none and starts all the same, and says of all else no
 * more than that it is not PEM: so it is looked at here.
 *
 * @throws {TransportError} `invalidTls`; shows no text that may be a key.
 */
export async function readPem(given: string, option: PemOption): Promise<string> {
  const isText = given.includes("-----BEGIN");
  const text = isText ? given : await readText(given.trim(), option);
  const fault = faultOf(text, option);
  if (fault === undefined) return text;
  const where = !isText && isPath(given.trim()) ? JSON.stringify(resolve(given.trim())) : "it";
  throw new TransportError("invalidTls", `tls.${option}: ${where} ${fault}.`);
}

async function readText(path: string, option: PemOption): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new TransportError("invalidTls", `tls.${option}: ${unreadable(path, code)}.`);
  }
}

function unreadable(path: string, code: string): string {
  if (/^(["']).*\1$/.test(path)) return "it has quotes around it, which are a part of it here; leave them out";
  if (!isPath(path)) return `it is no PEM text, and no file can be read there (${code})`;
  const advice = path.startsWith("~")
    ? "only shells replace ~: use homedir() of node:os"
    : "give the path of a file, or PEM text";
  return `${JSON.stringify(resolve(path))} cannot be read (${code}); ${advice}`;
}

/** What may be shown. Anything else may be a key without its first line: its base64 begins with "M" and has no dot. */
function isPath(given: string): boolean {
  return given.length <= 1_024 && !given.includes("\n") && /^~?\.{0,2}[\\/]|\.[A-Za-z0-9]{1,8}$/.test(given);
}

function faultOf(text: string, option: PemOption): string | undefined {
  if (text.trim() === "") return "is empty";
  const found = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, label = ""]) => label);
  if (found.length === 0)
    return "holds no PEM text, which begins with -----BEGIN; openssl makes it of other forms, such as DER";
  const label = found.find((each) => labels[option].test(each));
  if (label === undefined) return `holds ${found[0]} and not ${wanted[option]}`;
  if (label.startsWith("ENCRYPTED") || /^Proc-Type: 4,ENCRYPTED/m.test(text))
    return "is encrypted, and there is no option for a passphrase; decrypt it, and let none but this user read it";
  if (!/-----BEGIN [A-Z0-9 ]+-----\s*?\r?\n/.test(text))
    return "has no line breaks, or has them as \\n, as text of a variable has; put real ones in";
  // What stands between certificates may be, as openssl's text of them is.
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]*-----END/g) ?? [];
  if (blocks.some((block) => /\n[ \t]+\S/.test(block)))
    return "has lines that are indented; take the white space in front of them away";
  return undefined;
}
