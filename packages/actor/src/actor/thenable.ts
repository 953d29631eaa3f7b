/**
 * Whether `value` is a promise, as `await` sees it: those of other libraries count as well, and so do functions with a `then`, as some
 * query builders and remote proxies are. What cannot be asked, because its `then` throws, counts too: awaiting it rejects.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    return value instanceof Promise || typeof (value as { readonly then?: unknown }).then === "function";
  } catch {
    return true;
  }
}

/** Calls one of two callbacks, once and never before it returns, whatever the thenable does or was given for a `then`. */
export function whenSettled(
  result: PromiseLike<unknown>,
  succeeded: (value: unknown) => void,
  failed: (error: unknown) => void,
): void {
  Reflect.apply(Promise.prototype.then, Promise.resolve(result), [succeeded, failed]);
}
