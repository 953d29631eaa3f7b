import type { LogEvent, Timer, TimerOptions } from "@foundation/actor";
import { CapturedStack } from "@foundation/actor/spi";
import type { SeededRandom } from "../world/seeded-random.ts";
import { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { VirtualTime } from "../world/virtual-time.ts";

/** Where a timer was set. */
interface Origin {
  readonly delayMs: number;
  readonly stack: CapturedStack;
}

/** A {@link SimulatedRuntime} that knows where each pending timer was set. */
export class TestRuntime extends SimulatedRuntime {
  readonly #pending = new Set<Origin>();

  constructor(time: VirtualTime, random: SeededRandom, sink: (event: LogEvent) => void) {
    super(time, random, sink);
  }

  override setTimer(delayMs: number, callback: () => void, options?: TimerOptions): Timer {
    const origin: Origin = { delayMs, stack: new CapturedStack(this.setTimer) };
    this.#pending.add(origin);
    const timer = super.setTimer(
      delayMs,
      () => {
        this.#pending.delete(origin);
        callback();
      },
      options,
    );
    return {
      cancel: () => {
        this.#pending.delete(origin);
        timer.cancel();
      },
    };
  }

  /** The pending timers, a line each: how long they run and the line of code that set them. */
  describeTimers(): string[] {
    return [...this.#pending].map(({ delayMs, stack }) => {
      const [frame = "at an unknown place"] = stack.lines;
      return `a timer of ${delayMs} ms set ${frame.trim()}`;
    });
  }
}
