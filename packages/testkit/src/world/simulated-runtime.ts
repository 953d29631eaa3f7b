import { createLog, type Log, type LogEvent, type Runtime, type Timer, type TimerOptions } from "@foundation/actor";
import type { ScheduledEvent } from "./event-queue.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { SimulatedHost } from "./simulated-host.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** 2026-01-01: where wall clocks of a world start, so that traces do not depend on the day they are made. */
const wallTimeAtStart = Date.UTC(2026, 0, 1);

/** What a node process is doing. A paused one runs nothing until it is resumed; a dead one never runs again. */
export type ProcessState = "running" | "paused" | "dead";

/** What an event loop calls back from: its phases, in the order of libuv. */
type Phase = "timers" | "input" | "turns";

/**
 * How a process stands still.
 *
 * `paused` from outside (SIGSTOP), most often while it waits for input: it goes on by reading that. `stalled` by its own
 * code, which holds the event loop in any phase: it goes on with the next one, so timers that are long due may fire before
 * input is read that has been there for as long.
 */
export type StandstillKind = "paused" | "stalled";

/** Where an event loop goes on, by the phase in which it stood still. */
const goesOn: Readonly<Record<Phase, readonly Phase[]>> = {
  timers: ["input", "turns", "timers"],
  input: ["turns", "timers", "input"],
  turns: ["timers", "input", "turns"],
};
/** After a pause: the wait for input returns first. */
const afterPause: readonly Phase[] = ["input", "turns", "timers"];

/** The runtime of one simulated process: virtual time, seeded randomness, and a process that can pause and die. */
export class SimulatedRuntime implements Runtime {
  readonly log: Log;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #host: SimulatedHost;
  #state: ProcessState = "running";
  /** In which order the phases of the event loop follow when the process goes on. */
  #resumption: readonly Phase[] = afterPause;
  /** What should have happened while the process stood still, in order. */
  #held: { readonly phase: Phase; readonly callback: () => void }[] = [];
  #timers = 0;

  /**
   * @param sink receives what the process logs.
   * @param host whose clock it has. Default: one of its own.
   */
  constructor(
    time: VirtualTime,
    random: SeededRandom,
    sink: (event: LogEvent) => void,
    host: SimulatedHost = new SimulatedHost("host"),
  ) {
    this.#host = host;
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
    return wallTimeAtStart + this.#time.now + this.#host.clockOffsetMs;
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
      }, "timers");
    });
    return {
      cancel: () => {
        settle();
        if (event !== undefined) event.isCancelled = true;
      },
    };
  }

  microtask(callback: () => void): void {
    queueMicrotask(() => this.run(callback, "turns"));
  }

  nextTurn(callback: () => void): void {
    this.#time.schedule(0, () => this.run(callback, "turns"));
  }

  random(): number {
    return this.#random.next();
  }

  randomBytes(length: number): Uint8Array {
    return this.#random.bytes(length);
  }

  /** Runs `callback` as the process would: now, when it goes on, or never. Default: it is about input. */
  run(callback: () => void, phase: Phase = "input"): void {
    if (this.#state === "running") callback();
    else if (this.#state === "paused") this.#held.push({ phase, callback });
  }

  /** Nothing runs from here on, until {@link resume}. */
  standStill(kind: StandstillKind): void {
    if (this.#state !== "running") return;
    this.#state = "paused";
    this.#resumption =
      kind === "paused"
        ? afterPause
        : goesOn[(["timers", "input", "turns"] as const)[this.#random.integer(0, 2)] as Phase];
  }

  /** Goes on with what was held back, phase by phase. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    const held = this.#held;
    this.#held = [];
    for (const phase of this.#resumption) {
      for (const each of held) if (each.phase === phase) this.#time.schedule(0, () => this.run(each.callback, phase));
    }
  }

  die(): void {
    this.#state = "dead";
    this.#held = [];
  }
}
