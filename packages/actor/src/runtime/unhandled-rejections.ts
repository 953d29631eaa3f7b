import { systemFunctions } from "./system-functions.ts";

/** @returns whether the rejection is the listener's affair. */
export type RejectionListener = (error: unknown) => boolean;

/** How often each listener was registered: one that many systems share is called once. */
const listeners = new Map<RejectionListener, number>();

/**
 * Offers promises that were rejected and that nobody handled to `listener`, in the async context of the rejection.
 *
 * What no listener takes has the consequence it would have without us: other listeners of the process decide, and when
 * there are none it is an uncaught exception.
 *
 * @returns how to take the listener back.
 */
export function onUnhandledRejection(listener: RejectionListener): () => void {
  if (listeners.size === 0) process.on("unhandledRejection", offer);
  listeners.set(listener, (listeners.get(listener) ?? 0) + 1);
  let isRegistered = true;
  return () => {
    if (isRegistered) takeBack(listener);
    isRegistered = false;
  };
}

function takeBack(listener: RejectionListener): void {
  const count = (listeners.get(listener) ?? 0) - 1;
  if (count > 0) listeners.set(listener, count);
  else listeners.delete(listener);
  if (listeners.size === 0) process.off("unhandledRejection", offer);
}

function offer(error: unknown): void {
  for (const listener of listeners.keys()) if (listener(error)) return;
  if (process.listenerCount("unhandledRejection") > 1) return;
  // Thrown from here it would make Node forget the other rejections of this turn.
  systemFunctions.nextTick(() => {
    throw error;
  });
}
