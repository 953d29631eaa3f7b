import { FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const testkitErrorCodes = [
  // A cluster of processes was asked for something that cannot be.
  "unknownNode",
  "alreadyRunning",
  "notRunning",
  "unknownCommand",
  "notTransferable",
  "unsupported",
  "clusterClosed",
  "invalidOption",
  // It went wrong while it was done.
  "startFailed",
  "startTimeout",
  "callTimeout",
  "waitTimeout",
] as const;

/** One of {@link testkitErrorCodes}. */
export type TestkitErrorCode = (typeof testkitErrorCodes)[number];

/** Makes the error of a refused option. */
export function invalidOption(message: string): TestkitError {
  return new TestkitError("invalidOption", message);
}

/** An error of the testkit itself; what a node's program throws arrives as a `CommandError`. */
export class TestkitError extends FoundationError<TestkitErrorCode> {
  override get name(): string {
    return "TestkitError";
  }
}
