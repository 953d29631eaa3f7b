import { types } from "node:util";
import { z } from "zod";
import { typeShown } from "./type-shown.ts";

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

/** The longest text. Characters. */
const pemLengthMax = 1_000_000;
/** Texts of one option. */
const pemsMax = 64;

/** What is wrong with one text; it is not shown, since it may be a key in the wrong place. */
function faultOf(text: unknown, orSeveral = ""): string | undefined {
  const allowed = `must be PEM text, or the path of a file${orSeveral}`;
  if (text === undefined) return `is missing: ${allowed}`;
  // As readFileSync gives them without an encoding.
  if (types.isUint8Array(text)) return `${allowed}, seen bytes; read the file with the encoding "utf8"`;
  if (typeof text !== "string") return `${allowed}, seen ${typeShown(text)}`;
  if (text.trim() === "") return `${allowed}, seen an empty text`;
  if (text.length > pemLengthMax) return `${allowed}, of at most ${pemLengthMax} characters, seen ${text.length}`;
  return undefined;
}

const pem = z.custom<string>().superRefine((text, context) => {
  const message = faultOf(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const pems = z.custom<string | readonly string[]>().superRefine((given: unknown, context) => {
  const several = `, or 1 to ${pemsMax} of them in an array`;
  const add = (message: string | undefined, ...path: number[]): void => {
    if (message !== undefined) context.addIssue({ code: "custom", message, path });
  };
  if (!Array.isArray(given)) return add(faultOf(given, several));
  if (given.length === 0 || given.length > pemsMax) {
    return add(`must be PEM text, or the path of a file${several}, seen ${typeShown(given)}`);
  }
  // Not forEach, which would leave holes out.
  for (let at = 0; at < given.length; at++) add(faultOf(given[at]), at);
});

const isCheckFilesMs = (value: unknown): boolean =>
  value === 0 || (Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 86_400_000);

/** Checks {@link TlsOptions}. */
export const tlsOptionsSchema: z.ZodType<TlsOptions> = z.strictObject({
  cert: pem,
  key: pem,
  ca: pems,
  crl: pems.optional(),
  requireClientCertificate: z.boolean().optional(),
  checkFilesMs: z.custom<number>(isCheckFilesMs, "must be 0, or a whole number from 100 to 86 400 000").optional(),
});
