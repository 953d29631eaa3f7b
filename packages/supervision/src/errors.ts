import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const supervisionErrorCodes = [
  "classConflict",
  "singletonConflict",
  "singletonPending",
  "singletonFailed",
  "singletonTooLarge",
  "tooManySingletons",
  "stopped",
] as const;

/** One of {@link supervisionErrorCodes}. */
export type SupervisionErrorCode = (typeof supervisionErrorCodes)[number];

/** An error of the supervision package. */
export class SupervisionError extends FoundationError<SupervisionErrorCode> {
  override get name(): string {
    return "SupervisionError";
  }
}
