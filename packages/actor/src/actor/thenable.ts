/** Whether `value` is a promise; those of other libraries count as well. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    (value instanceof Promise || ("then" in value && typeof value.then === "function"))
  );
}

/** Calls one of two callbacks, once and never before it returns, whatever the thenable does or was given for a `then`. */
export function whenSettled(
  result: PromiseLike<unknown>,
  succeeded: (value: unknown) => void,
  failed: (error: unknown) => void,
): void {
  Reflect.apply(Promise.prototype.then, Promise.resolve(result), [succeeded, failed]);
}
