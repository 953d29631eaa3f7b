import { Ring } from "../mailbox/ring.ts";
import { milliseconds, wholeNumber } from "../options/option-rule.ts";
import { type OptionRules, OptionTable } from "../options/option-table.ts";

/** Restarts that are kept in mind at most. */
const intensityMax = 100_000;

/** How many restarts a supervisor allows, and within how long. */
export interface RestartIntensityOptions {
  /** Restarts allowed within `periodMs`; one more makes the supervisor give up. Default 3. */
  readonly intensity?: number;
  /** Milliseconds. Default 5 000. */
  readonly periodMs?: number;
}

/** What of the options of a supervisor counts restarts. */
export function intensityOf({ intensity, periodMs }: RestartIntensityOptions): RestartIntensity {
  return new RestartIntensity({
    ...(intensity !== undefined && { intensity }),
    ...(periodMs !== undefined && { periodMs }),
  });
}

/** For all options that extend {@link RestartIntensityOptions}. */
export const intensityRules: OptionRules<RestartIntensityOptions> = {
  intensity: wholeNumber({ min: 0, max: intensityMax }),
  periodMs: milliseconds(),
};

const optionTable = new OptionTable<RestartIntensityOptions>("RestartIntensity", intensityRules);

/**
 * Counts restarts in a sliding period.
 *
 * ```ts
 * import { RestartIntensity } from "@foundation/actor/spi";
 *
 * const intensity = new RestartIntensity({ intensity: 2, periodMs: 1_000 });
 * console.log([0, 400, 1_000, 1_401].map((now) => intensity.allow(now)).join()); // true,true,false,true
 * ```
 *
 * As `supervisor.erl` does: entries older than the period are dropped (one exactly as old still counts), and the limit is
 * passed when the count exceeds the intensity.
 *
 * When not to use it: supervisors count by themselves. This is for supervisors of your own.
 */
export class RestartIntensity {
  readonly intensity: number;
  readonly periodMs: number;
  readonly #restarts = new Ring<number>();

  /** @throws ActorError `invalidOption`. */
  constructor(options: RestartIntensityOptions = {}) {
    optionTable.check(options);
    const { intensity = 3, periodMs = 5_000 } = options;
    this.intensity = intensity;
    this.periodMs = periodMs;
  }

  /** Notes a restart at `now` (monotonic milliseconds). @returns whether it is still within the limit. */
  allow(now: number): boolean {
    const restarts = this.#restarts;
    restarts.push(now);
    while (now - (restarts.peek() ?? now) > this.periodMs) restarts.shift();
    return restarts.length <= this.intensity;
  }
}
