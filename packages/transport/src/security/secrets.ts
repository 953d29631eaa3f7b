import { types } from "node:util";
import { z } from "zod";
import { refuseOption } from "../refuse-option.ts";
import { typeShown } from "./type-shown.ts";

/** One secret, or several that are valid at a time: the first one signs, all are accepted. */
export type SecretInput = string | Uint8Array | readonly (string | Uint8Array)[];

/** Secrets that may be valid at a time; each further one costs an HMAC for every handshake that fails. */
export const secretsMax = 4;
/** The shortest secret: in characters where it is text, else in bytes. Anybody who records a handshake can try shorter ones. */
const secretLengthMin = 16;
/** The longest one: what is longer is a file of another kind. */
const secretLengthMax = 4_096;

const remedy = "use 32 random bytes as hex, the same on every node";

/** What is wrong with what was given as a secret. */
interface SecretFault {
  /** Which one, of several. */
  readonly at: number | undefined;
  /** Says lengths and types, and never a secret: it may only be one of the wrong form. */
  readonly text: string;
}

/** The rule of all secrets, wherever they come from. */
function secretFault(given: unknown): SecretFault | undefined {
  if (!Array.isArray(given)) {
    const text = faultOfOne(given, `, or 1 to ${secretsMax} of them in an array`);
    return text === undefined ? undefined : { at: undefined, text };
  }
  if (given.length === 0 || given.length > secretsMax)
    return { at: undefined, text: `must be 1 to ${secretsMax} secrets, seen ${given.length}; give the newest first` };
  for (let at = 0; at < given.length; at++) {
    const text = faultOfOne(given[at]);
    if (text !== undefined) return { at, text };
  }
  return undefined;
}

/** Checks a {@link SecretInput} among other options. */
export const secretSchema: z.ZodType<SecretInput> = z.custom<SecretInput>().superRefine((given, context) => {
  const fault = secretFault(given);
  if (fault === undefined) return;
  context.addIssue({ code: "custom", message: fault.text, path: fault.at === undefined ? [] : [fault.at] });
});

/** Copies of the secrets as bytes. @throws {TransportError} `invalidOption`; never shows a secret. */
export function readSecrets(given: SecretInput): readonly Uint8Array[] {
  const fault = secretFault(given);
  if (fault !== undefined) throw refuseOption(`secret${fault.at === undefined ? "" : `.${fault.at}`}: ${fault.text}`);
  const all = Array.isArray(given) ? given : [given];
  return all.map((secret) => (typeof secret === "string" ? Buffer.from(secret) : Uint8Array.from(secret)));
}

function faultOfOne(secret: unknown, orSeveral = ""): string | undefined {
  const isText = typeof secret === "string";
  if (!isText && !types.isUint8Array(secret)) {
    const seen = secret === undefined ? "is missing: " : "";
    return `${seen}must be a string or a Uint8Array${orSeveral}${seen === "" ? `, seen ${typeShown(secret)}` : ""}; ${remedy}`;
  }
  const unit = isText ? "characters" : "bytes";
  if (secret.length < secretLengthMin)
    return `must have at least ${secretLengthMin} ${unit}, seen ${secret.length}; ${remedy}`;
  if (secret.length > secretLengthMax)
    return `must have at most ${secretLengthMax} ${unit}, seen ${secret.length}; ${remedy}`;
  const text = isText ? secret : textIn(secret);
  // A node that reads the file without its last line break would have another secret.
  if (text !== text?.trim()) return "must not begin or end with white space, as the text of a file does; trim it";
  return undefined;
}

/** The text in bytes that are nothing but printable ASCII and white space, as those of a file are and random ones are not. */
function textIn(bytes: Uint8Array): string | undefined {
  const isText = bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
  return isText ? Buffer.from(bytes).toString("latin1") : undefined;
}
