import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const clusterErrorCodes = ["notReady", "protocolTaken", "stopped"] as const;

/** One of {@link clusterErrorCodes}. */
export type ClusterErrorCode = (typeof clusterErrorCodes)[number];

/** An error of the cluster package. */
export class ClusterError extends FoundationError<ClusterErrorCode> {
  override get name(): string {
    return "ClusterError";
  }
}
