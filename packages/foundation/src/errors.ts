import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const facadeErrorCodes = [
  "invalidOptions",
  "insecureAddress",
  "ambiguousAddress",
  "secretRequired",
  "insecureCookie",
] as const;

/** One of {@link facadeErrorCodes}. */
export type FacadeErrorCode = (typeof facadeErrorCodes)[number];

/** A node could not be started: nothing of it is left running. */
export class StartError extends FoundationError<FacadeErrorCode> {
  override get name(): string {
    return "StartError";
  }
}
