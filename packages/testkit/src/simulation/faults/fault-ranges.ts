import type { SeededRandom } from "../../world/seeded-random.ts";

/**
 * Within what bounds one run draws its faults. The bounds are drawn themselves, so that runs differ in kind and not only
 * in detail: some are a storm of short faults, some have a few long ones (swarm testing, Groce et al. 2012).
 */
export interface FaultRanges {
  /** Virtual milliseconds that faults go on. */
  readonly durationMs: number;
  /** Virtual milliseconds between two faults, at most. */
  readonly gapMsMax: number;
  /** How long a process is paused, at least and at most: longer than the failure detector bears. Virtual milliseconds. */
  readonly pauseMs: readonly [min: number, max: number];
  /** How long a process stalls, at most: shorter than the failure detector bears. Virtual milliseconds. */
  readonly stallMsMax: number;
  readonly delayMsMax: number;
  readonly jitterMsMax: number;
  readonly spreadMsMax: number;
  readonly lossMax: number;
  /** Bandwidth of a slow link. Bytes per virtual millisecond. */
  readonly bytesPerMs: readonly [min: number, max: number];
  /** How far a wall clock jumps, at most. Milliseconds. */
  readonly clockMsMax: number;
  /** Bytes that a connection carries until it is reset, at most. */
  readonly resetBytesMax: number;
}

/** Draws the bounds of one run. */
export function drawFaultRanges(random: SeededRandom): FaultRanges {
  const pauseMsMin = random.between(2_500, 5_000);
  const bytesPerMsMin = random.spread(5, 1_000);
  return {
    durationMs: random.spread(3_000, 40_000),
    gapMsMax: random.spread(100, 6_000),
    pauseMs: [pauseMsMin, pauseMsMin + random.spread(100, 10_000)],
    stallMsMax: random.spread(20, 2_400),
    delayMsMax: random.spread(0.3, 200),
    jitterMsMax: random.spread(0.1, 200),
    spreadMsMax: random.spread(0.1, 200),
    lossMax: random.between(0, 0.25),
    bytesPerMs: [bytesPerMsMin, bytesPerMsMin * random.spread(1, 20)],
    clockMsMax: random.spread(10, 86_400_000),
    resetBytesMax: random.spread(50, 500_000),
  };
}
