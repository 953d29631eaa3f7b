import type { Log } from "./log.ts";

/**
 * The world an actor system lives in: time, timers, turns of the event loop, randomness and the log.
 *
 * Nothing below the facade reaches for these by itself, so a whole cluster can run on a virtual clock with seeded
 * randomness. {@link systemRuntime} is the real one.
 */
export interface Runtime {
  /** Monotonic time in milliseconds, with fractions; only differences mean something. */
  now(): number;
  /** Wall-clock time in milliseconds since the Unix epoch. It may jump; never measure a duration with it. */
  wallTime(): number;
  /**
   * Calls `callback` once after `delayMs` milliseconds.
   *
   * @param delayMs 0 or more; longer than 2^31 - 1 is allowed.
   * @param options `background: true` lets the process end while the timer is pending.
   */
  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer;
  /** Calls `callback`, which must not throw, at the end of the current turn, before any I/O. */
  microtask(callback: () => void): void;
  /** Calls `callback` in the next turn of the event loop, after pending I/O was given its chance. */
  nextTurn(callback: () => void): void;
  /** A uniformly distributed number in [0, 1). Not for secrets. */
  random(): number;
  /** `length` random bytes, fit for nonces and secrets in the real runtime. */
  randomBytes(length: number): Uint8Array;
  /** Where log events go. */
  readonly log: Log;
  /**
   * Offers promises that were rejected and that nobody handled, in the async context of the rejection, to `listener`, which
   * says whether it takes them. Absent: the runtime has no such notice.
   *
   * @returns how to take the listener back.
   */
  onUnhandledRejection?(listener: (error: unknown) => boolean): () => void;
  /** Collects garbage that died young, now. Absent: the runtime leaves it to the engine. */
  collectYoung?(): void;
}

export interface TimerOptions {
  /** `true`: the pending timer does not keep the process alive. Default `false`. */
  readonly background?: boolean;
}

/** A pending timer. */
export interface Timer {
  /** Prevents the callback from running. Does nothing once it has run or was cancelled. */
  cancel(): void;
}
