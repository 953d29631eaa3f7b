import { finiteNumber, milliseconds, type OptionRule } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";

/** How long to wait before something that keeps failing is started again. */
export interface BackoffOptions {
  /** Milliseconds before the first restart; never is it less. Default 50. */
  readonly minMs?: number;
  /**
   * Milliseconds that no wait exceeds, and how long an actor has to run before the next wait is `minMs` again. Default 10 000.
   */
  readonly maxMs?: number;
  /** How many times as long each wait is as the one before. 1 or more. Default 2. */
  readonly factor?: number;
  /** How much of a wait is left to chance, so that many do not start at the same time. 0 to 1. Default 0.2: a fifth more or less. */
  readonly jitter?: number;
}

/** {@link BackoffOptions} that were checked, with their defaults: plain data, which may travel. */
export type Backoff = Required<BackoffOptions>;

/** A day: what waits longer is not restarted but given up. Milliseconds. */
const waitMsMax = 86_400_000;

const backoffTable = new OptionTable<BackoffOptions>("backoff", {
  minMs: milliseconds({ above: 0, max: waitMsMax }),
  maxMs: milliseconds({ above: 0, max: waitMsMax }),
  factor: finiteNumber({ min: 1, max: 1_000 }),
  jitter: finiteNumber({ min: 0, max: 1 }),
});

/** As an option of others. */
export const backoffRule: OptionRule = backoffTable.asRule();

/** Fills in defaults. @throws ActorError `invalidOption`, also when `minMs` is more than `maxMs`. */
export function backoffOf(options: BackoffOptions): Backoff {
  backoffTable.check(options);
  const { minMs = 50, factor = 2, jitter = 0.2 } = options;
  const { maxMs = Math.max(10_000, minMs) } = options;
  if (minMs > maxMs) backoffTable.refuse(`minMs is ${minMs} and maxMs ${maxMs}; allowed: a maxMs of minMs or more`);
  return { minMs, maxMs, factor, jitter };
}

/**
 * Milliseconds to wait before the restart that follows `failures` others without a quiet period between them.
 *
 * @param failures 0 for the first restart.
 * @param random in [0, 1), where the wait lies within its jitter.
 */
export function backoffMs({ minMs, maxMs, factor, jitter }: Backoff, failures: number, random: number): number {
  const middle = Math.min(maxMs, minMs * factor ** failures);
  const low = Math.max(minMs, middle * (1 - jitter));
  const high = Math.min(maxMs, middle * (1 + jitter));
  return low + random * (high - low);
}

/**
 * Counts the failures of one actor that is started again and again, and says how long to wait each time.
 *
 * ```ts
 * import { backoffOf, RestartBackoff } from "@foundation/actor/spi";
 *
 * const restarts = new RestartBackoff(backoffOf({ minMs: 100, maxMs: 1_000, jitter: 0 }));
 * const waits = [0, 0, 0, 0, 0].map(() => restarts.failed({ now: 0, random: 0 }));
 * console.log(waits.join()); // 100,200,400,800,1000
 * restarts.started(5_000);
 * console.log(restarts.failed({ now: 5_999, random: 0 })); // 1000
 * restarts.started(7_000);
 * console.log(restarts.failed({ now: 8_000, random: 0 })); // 100
 * ```
 *
 * What has run for `maxMs` is well again: its next failure is a first one.
 *
 * When not to use it: supervisors count by themselves, see `backoff` of a child spec. This is for supervisors of your own.
 */
export class RestartBackoff {
  readonly backoff: Backoff;
  #failures = 0;
  #startedAt: number | undefined;

  /** @throws ActorError `invalidOption`. */
  constructor(backoff: Backoff) {
    this.backoff = backoffOf(backoff);
  }

  /** Failures since the last quiet period. */
  get failures(): number {
    return this.#failures;
  }

  /** It runs. @param now monotonic milliseconds. */
  started(now: number): void {
    this.#startedAt = now;
  }

  /**
   * It has ended, or did not start.
   *
   * @param at `now`: monotonic milliseconds; `random`: in [0, 1).
   * @returns milliseconds to wait before it is started again.
   */
  failed({ now, random }: { readonly now: number; readonly random: number }): number {
    if (this.#startedAt !== undefined && now - this.#startedAt >= this.backoff.maxMs) this.#failures = 0;
    this.#startedAt = undefined;
    return backoffMs(this.backoff, this.#failures++, random);
  }
}
