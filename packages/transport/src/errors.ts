import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const transportErrorCodes = [
  // Refused here, in the caller's call; nothing was sent.
  "overloaded",
  "linkClosed",
  "unknownChannel",
  "messageTooLarge",
  "notSerializable",
  "invalidOption",
  "invalidTls",
  "closed",
  "stopped",
  // Starting to listen failed.
  "addressInUse",
  "addressNotAvailable",
  // A dial did not lead to a link.
  "connectionRefused",
  "unreachable",
  "timeout",
  "notEncrypted",
  "unauthenticated",
  "certificateRejected",
  "forbidden",
  "wrongCluster",
  "versionMismatch",
  "channelMismatch",
  "declaredDead",
  "duplicateNode",
  "self",
  "protocol",
  // Bytes that do not mean anything here.
  "malformed",
] as const;

/** One of {@link transportErrorCodes}. */
export type TransportErrorCode = (typeof transportErrorCodes)[number];

/** An error of a link, a connection or the codec. `code` says what happened; the message says what to do. */
export class TransportError extends FoundationError<TransportErrorCode> {
  override get name(): string {
    return "TransportError";
  }
}
