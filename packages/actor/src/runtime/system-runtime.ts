import { OptionTable } from "../options/option-table.ts";
import { guardLog, type Log, logRule } from "./log.ts";
import type { Runtime, Timer, TimerOptions } from "./runtime.ts";
import { assertSupportedNode } from "./supported-node.ts";
import { systemFunctions } from "./system-functions.ts";
import { standardErrorLog } from "./system-standard-error.ts";
import { onUnhandledRejection } from "./unhandled-rejections.ts";
import { collectYoung } from "./young-collection.ts";

const { clearTimeout, now, random, randomBytes, setImmediate, setTimeout, wallTime } = systemFunctions;

const settledPromise = Promise.resolve();

/** Node fires longer timeouts after 1 ms, so longer ones are armed again. */
const timeoutMsMax = 2 ** 31 - 1;

/** Settings of {@link systemRuntime}. */
export interface SystemRuntimeOptions {
  /** Where log events go. Default: {@link standardErrorLog}, from level `info`. */
  readonly log?: Log;
}

const optionTable = new OptionTable<SystemRuntimeOptions>("systemRuntime", {
  log: logRule,
});

/**
 * The real world: the process's clock, timers, event loop and random source. Fakes that a test puts in their place later have
 * no effect on it; for virtual time there is `createTestSystem` in the testkit.
 *
 * @throws ActorError `invalidOption`, `unsupportedNode`.
 */
export function systemRuntime(options: SystemRuntimeOptions = {}): Runtime {
  assertSupportedNode();
  optionTable.check(options);
  const { log = standardErrorLog() } = options;
  return {
    now,
    wallTime,
    setTimer: (delayMs, callback, options) => new SystemTimer(delayMs, callback, options),
    // Less than half of what queueMicrotask costs, which makes an AsyncResource for each.
    microtask: (callback) => void settledPromise.then(callback),
    nextTurn: (callback) => void setImmediate(callback),
    random,
    randomBytes,
    log: guardLog(log),
    onUnhandledRejection,
    collectYoung,
  };
}

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void, options: TimerOptions = {}) {
    this.#handle = this.#arm(Math.max(0, delayMs), callback, options);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number, callback: () => void, options: TimerOptions): NodeJS.Timeout {
    const handle =
      delayMs <= timeoutMsMax
        ? setTimeout(callback, delayMs)
        : setTimeout(() => (this.#handle = this.#arm(delayMs - timeoutMsMax, callback, options)), timeoutMsMax);
    if (options.background) handle.unref();
    return handle;
  }
}
