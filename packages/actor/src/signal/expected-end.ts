import { FoundationError } from "../errors.ts";
import { errorsWithin } from "../realm/errors-within.ts";
import { isError, isInstance } from "../realm/native-class.ts";

/** What an ask or a stream ends with when the system on which it depends is being stopped. */
const codesOfStop: ReadonlySet<string> = new Set(["noproc", "nodedown", "timeout", "systemStopped", "linkClosed"]);

/** Errors that lead to other errors are followed so far. */
const causesMax = 8;
/** Errors within one that are looked at, in all. */
const errorsMax = 10_000;

const expected = new WeakSet<object>();

const nothing = (): void => {};

/** Notes that `error` only tells of an end in order. @returns the error. */
export function expectEnd<E extends Error>(error: E): E {
  expected.add(error);
  return error;
}

/** Notes that `error` is expected if it is one of those that a stop of the system gives to all that is under way. @returns whether. */
export function expectEndByStop(error: unknown): boolean {
  const isOfRuntime = isInstance(error, FoundationError) || isReceived(error);
  if (isOfRuntime && codesOfStop.has(error.code)) expected.add(error);
  return isExpectedEnd(error);
}

/** Whether `error` is one of the runtime's that came from another node, which keeps its name and code, and not its class. */
function isReceived(error: unknown): error is Error & { readonly code: string } {
  return isError(error) && error.name === "ActorError" && "code" in error && typeof error.code === "string";
}

/**
 * Whether `error`, or what it was caused by, or all that it is made of, only tells of an end in order: of the system that was asked,
 * of the reader of a stream, of a task that was cancelled. It is no failure, so nobody has to be told who did not wait for it.
 */
export function isExpectedEnd(error: unknown): boolean {
  try {
    return leadsToExpected(error, 0, { left: errorsMax });
  } catch {
    // A getter of the program's.
    return false;
  }
}

/**
 * A promise of the runtime's for its callers, with the outcome of `work`. Where nothing waits for it, an end in order is no unhandled
 * rejection, for other listeners of the process neither: the async function that did the work cannot see to that itself.
 */
export function endingQuietly<T>(work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  work.then(resolve, (error: unknown) => {
    if (isExpectedEnd(error)) promise.catch(nothing);
    reject(error);
  });
  return promise;
}

/** Says that a node, or a part of it, has stopped, in whichever package: what calls it has nothing to do any more. */
function isOfStopped(error: object): boolean {
  return isInstance(error, FoundationError) && error.code === "stopped";
}

/** @param budget how many errors may still be looked at: one may hold many, and itself. */
function leadsToExpected(error: unknown, depth: number, budget: { left: number }): boolean {
  let at = error;
  for (let steps = depth; steps <= causesMax && typeof at === "object" && at !== null; steps++) {
    if (expected.has(at) || isOfStopped(at)) return true;
    if (budget.left-- <= 0 || !isError(at)) return false;
    const parts = errorsWithin(at, errorsMax + 1);
    if (parts.length > 0) return parts.every((part) => leadsToExpected(part.error, steps + 1, budget));
    at = at.cause;
  }
  return false;
}
