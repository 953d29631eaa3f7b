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

/** What is wrong with options is named so many times; the rest is counted. */
const issuesShownMax = 8;

/** @param issues what is wrong, each with its option. @param cause what a part of the node has thrown for it. */
export function refuseOptions(issues: readonly string[], cause?: unknown): StartError {
  const more = issues.length > issuesShownMax ? [`and ${issues.length - issuesShownMax} more`] : [];
  const text = [...issues.slice(0, issuesShownMax), ...more].join("; ");
  return new StartError("invalidOptions", `the options are not usable: ${text}`, cause === undefined ? {} : { cause });
}
