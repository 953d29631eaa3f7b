/** What is told of the abort of each signal. */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when `signal` is aborted, which it must not be yet.
 *
 * A signal of the platform looks through all its listeners for each one that comes or goes, so many calls that share a signal (that
 * of a request, of a shutdown) would cost the square of their number. It gets one for all of them instead, as long as there are any.
 *
 * @param listener called once; must not throw.
 * @returns how to take it back.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? listenTo(signal);
  // A function of its own, so that what listens twice is told twice.
  const own = (): void => listener();
  listeners.add(own);
  return () => {
    if (listeners.delete(own) && listeners.size === 0 && listenersOf.get(signal) === listeners) stopListening(signal);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  listenersOf.set(signal, listeners);
  signal.addEventListener("abort", tellAborted, { once: true });
  return listeners;
}

function stopListening(signal: AbortSignal): void {
  listenersOf.delete(signal);
  signal.removeEventListener("abort", tellAborted);
}

/** One function for all signals: it holds on to none of them. */
function tellAborted(this: AbortSignal): void {
  const listeners = listenersOf.get(this);
  listenersOf.delete(this);
  if (listeners === undefined) return;
  for (const listener of [...listeners]) if (listeners.delete(listener)) listener();
}
