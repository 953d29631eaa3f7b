import { webcrypto } from "node:crypto";
import { performance } from "node:perf_hooks";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { runInNewContext } from "node:vm";

/** What {@link systemFunctions} holds. */
interface SystemFunctions {
  readonly setTimeout: typeof setTimeout;
  readonly clearTimeout: typeof clearTimeout;
  readonly setImmediate: typeof setImmediate;
  readonly nextTick: (callback: () => void) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * The functions of the platform that the runtime lives on, as they were when this package was loaded.
 *
 * Tests put fakes into the global object (`vi.useFakeTimers()`, `mock.timers.enable()`, sinon) and take them out again. A system
 * that called them by their global names would be in real time at one moment and in a stopped one at the next; a turn of the
 * event loop that was asked of a fake never comes once the fake is gone. What is imported from Node's modules is not faked by
 * any of them, even when the fakes were in place before this package was loaded; only the wall clock has no module to come from.
 */
export const systemFunctions: SystemFunctions = {
  setTimeout,
  clearTimeout,
  setImmediate,
  nextTick: process.nextTick.bind(process),
  now: performance.now.bind(performance),
  wallTime: isNative(Date) ? Date.now : realDateNow(),
  random: Math.random,
  randomBytes: (length) => webcrypto.getRandomValues(new Uint8Array(length)),
};

function isNative(callable: unknown): boolean {
  return Function.prototype.toString.call(callable).includes("[native code]");
}

/** That of a fresh realm: half a millisecond, and only where the global one is a fake already. */
function realDateNow(): () => number {
  return runInNewContext("Date.now") as () => number;
}
