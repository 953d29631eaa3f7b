import { isExpectedEnd } from "../signal/expected-end.ts";
import { currentExecution } from "./execution.ts";

/**
 * A promise that an actor's code made and forgot was rejected. One function for all systems: it holds on to none of them.
 *
 * @returns whether it was an actor's.
 */
export function rejectedInActor(error: unknown): boolean {
  if (isExpectedEnd(error)) return true;
  const owner = currentExecution()?.owner;
  if (owner === undefined) return false;
  owner.promiseRejected(error);
  return true;
}
