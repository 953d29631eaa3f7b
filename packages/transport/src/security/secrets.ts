import { types } from "node:util";
import { TransportError } from "../errors.ts";
import { refuseOption } from "../refuse-option.ts";

/** One secret, or several that are valid at a time: the first one signs, all are accepted. */
export type SecretInput = string | Uint8Array | readonly (string | Uint8Array)[];

/** Secrets that may be valid at a time; each further one costs an HMAC for every handshake that fails. */
export const secretsMax = 4;

function isSecret(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || types.isUint8Array(value);
}

/** Copies of the secrets as bytes. @throws {TransportError} `invalidOption`; never shows a secret. */
export function readSecrets(given: SecretInput): readonly Uint8Array[] {
  const all: unknown = isSecret(given) ? [given] : given;
  if (!Array.isArray(all) || !Array.from<unknown>(all).every(isSecret)) {
    // Never the value: it may be a secret of the wrong form.
    const seen = Array.isArray(all) ? "one of them is of another type" : `it is of type ${typeof all}`;
    throw refuseOption(`secret: ${seen}; allowed: a string or a Uint8Array, or 1 to ${secretsMax} of them`);
  }
  if (all.length === 0 || all.length > secretsMax) {
    throw new TransportError(
      "invalidOption",
      `secret: there are ${all.length}; give 1 to ${secretsMax}, newest first.`,
    );
  }
  return all.map((secret) => {
    const bytes = typeof secret === "string" ? Buffer.from(secret) : Uint8Array.from(secret);
    if (bytes.length > 0) return bytes;
    throw new TransportError("invalidOption", "secret: it is empty; generate one of 32 random bytes for all nodes.");
  });
}
