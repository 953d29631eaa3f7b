/** @returns whether the rejection is the listener's affair. */
export type RejectionListener = (error: unknown) => boolean;

const listeners = new Set<RejectionListener>();

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
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) process.off("unhandledRejection", offer);
  };
}

function offer(error: unknown): void {
  for (const listener of listeners) if (listener(error)) return;
  if (process.listenerCount("unhandledRejection") > 1) return;
  // Thrown from here it would make Node forget the other rejections of this turn.
  process.nextTick(() => {
    throw error;
  });
}
