import { AssertionError } from "node:assert";
import { CapturedStack } from "@foundation/actor/spi";

/** What a failed expectation reports. */
export interface Failure {
  readonly message: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/**
 * Remembers the line of the test that expects something, so that a failure which is noticed later points there.
 *
 * @param entry the function that the test has called; frames above it are left out.
 * @returns makes the error. `expected` and `actual` are there for runners that show a difference.
 */
export function expectationAt(entry: (...args: never[]) => unknown): (failure: Failure) => AssertionError {
  const site = new CapturedStack(entry);
  return ({ message, ...values }) => {
    const error = new AssertionError({ message, operator: entry.name, ...values });
    error.stack = [`${error.name}: ${message}`, ...site.lines].join("\n");
    return error;
  };
}
