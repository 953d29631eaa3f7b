import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const discoveryErrorCodes = ["invalidSeed", "invalidOption", "insecureDirectory", "directoryUnusable"] as const;

/** One of {@link discoveryErrorCodes}. */
export type DiscoveryErrorCode = (typeof discoveryErrorCodes)[number];

/** An error of the discovery package. */
export class DiscoveryError extends FoundationError<DiscoveryErrorCode> {
  override get name(): string {
    return "DiscoveryError";
  }
}
