import { createLog, type Log, type LogEvent, type Runtime, type Timer, type TimerOptions } from "@foundation/actor";
import type { ScheduledEvent } from "./event-queue.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** 2026-01-01: where wall clocks of a world start, so that traces do not depend on the day they are made. */
const wallTimeAtStart = Date.UTC(2026, 0, 1);

/** What a node process is doing. A paused one runs nothing until it is resumed; a dead one never runs again. */
export type ProcessState = "running" | "paused" | "dead";

/** The runtime of one simulated process: virtual time, seeded randomness, and a process that can pause and die. */
export class SimulatedRuntime implements Runtime {
  readonly log: Log;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  #state: ProcessState = "running";
  /** What should have happened while the process was paused, in order. */
  #held: (() => void)[] = [];
  #wallOffsetMs = 0;
  #timers = 0;

  /** @param sink receives what the process logs. */
  constructor(time: VirtualTime, random: SeededRandom, sink: (event: LogEvent) => void) {
    this.#time = time;
    this.#random = random;
    this.log = createLog(sink, "debug");
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Timers that are pending. */
  get timers(): number {
    return this.#timers;
  }

  now(): number {
    return this.#time.now;
  }

  wallTime(): number {
    return wallTimeAtStart + this.#time.now + this.#wallOffsetMs;
  }

  setTimer(delayMs: number, callback: () => void, _options?: TimerOptions): Timer {
    this.#timers++;
    let isPending = true;
    const settle = (): void => {
      if (isPending) this.#timers--;
      isPending = false;
    };
    let event: ScheduledEvent | undefined = this.#time.schedule(delayMs, () => {
      event = undefined;
      this.run(() => {
        if (!isPending) return;
        settle();
        callback();
      });
    });
    return {
      cancel: () => {
        settle();
        if (event !== undefined) event.isCancelled = true;
      },
    };
  }

  microtask(callback: () => void): void {
    queueMicrotask(() => this.run(callback));
  }

  nextTurn(callback: () => void): void {
    this.#time.schedule(0, () => this.run(callback));
  }

  random(): number {
    return this.#random.next();
  }

  randomBytes(length: number): Uint8Array {
    return this.#random.bytes(length);
  }

  /** Runs `callback` as the process would: now, when it is resumed, or never. */
  run(callback: () => void): void {
    if (this.#state === "running") callback();
    else if (this.#state === "paused") this.#held.push(callback);
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** Goes on with what was held back, in one go, as a process does that was stopped. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    const held = this.#held;
    this.#held = [];
    for (const callback of held) this.#time.schedule(0, () => this.run(callback));
  }

  die(): void {
    this.#state = "dead";
    this.#held = [];
  }

  /** Makes the wall clock jump. @param byMs milliseconds, negative to go back. */
  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
