import { isArray } from "./native-class.ts";

/** An error that is part of another one. */
export interface ErrorWithin {
  /** How it belongs there: `1 of 3`; of a failed clean-up `error` and, for what was under way before, `suppressed`. */
  readonly relation: string;
  readonly error: unknown;
}

/**
 * What `error` is made of: the errors of an `AggregateError` (`Promise.any`), and the two of a `SuppressedError`, which `using` makes
 * of a block and a clean-up that both failed; those of other realms and of compilers that stand in for `using` are known by name.
 *
 * @param max how many are wanted.
 * @throws what getters of the program throw.
 */
export function errorsWithin(error: Error, max: number = Number.POSITIVE_INFINITY): readonly ErrorWithin[] {
  const { errors } = error as { readonly errors?: unknown };
  if (isArray(errors)) {
    const shown = errors.length > max ? errors.slice(0, max) : errors;
    return shown.map((each, at) => ({ relation: `${at + 1} of ${errors.length}`, error: each }));
  }
  if (error.name !== "SuppressedError" || !("suppressed" in error) || !("error" in error)) return [];
  return [
    { relation: "error", error: error.error },
    { relation: "suppressed", error: error.suppressed },
  ];
}
