import { ActorError } from "../errors.ts";
import { callback as callbackRule, milliseconds, text } from "../options/option-rule.ts";
import { checkValue } from "../options/option-table.ts";
import type { Runtime, Timer } from "../runtime/runtime.ts";

const delayRule = milliseconds({ min: 0 });
const intervalRule = milliseconds();

/** Timers of one actor; more than this is taken for a leak. */
const timersMax = 100_000;

/** The actor whose timers they are. */
interface TimersOwner {
  readonly label: string;
  readonly isAlive: boolean;
  readonly system: { readonly runtime: Runtime };
  /** Puts work of the actor itself behind the messages that wait. */
  post(name: string, callback: () => unknown): void;
}

/** What a timer does. */
interface TimerWork {
  readonly callback: () => unknown;
  /** Called once for each time the timer is due, when its call leaves the mailbox for the first time. */
  readonly due: (timer: NamedTimer) => void;
}

interface NamedTimer {
  readonly work: TimerWork;
  handle: Timer;
}

/**
 * The timers of one actor, reached as `this.context.timers`. What they call runs as a message does: one at a time, behind those
 * that wait already.
 *
 * ```ts
 * import { Actor, ActorSystem, type DeferredReply } from "@foundation/actor";
 *
 * class Clock extends Actor {
 *   #ticks = 0;
 *   #waiting: DeferredReply<number>[] = [];
 *
 *   protected override onStart(): void {
 *     this.context.timers.every("tick", 10, () => {
 *       this.#ticks++;
 *       for (const reply of this.#waiting.splice(0)) reply.succeed(this.#ticks);
 *     });
 *   }
 *
 *   nextTick(): Promise<number> {
 *     const reply = this.context.deferReply<number>();
 *     this.#waiting.push(reply);
 *     return reply.later;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const clock = system.spawn(Clock);
 * console.log(await clock.ask.nextTick()); // 1
 * ```
 *
 * Timers have names. Starting one under a name that is taken replaces the earlier one, also when that one's call waits in the
 * mailbox already. All end with the actor; until then they keep the process alive. A call that is stashed comes back as any
 * message does: once, also when its timer has been cancelled or replaced since.
 *
 * When not to use it: for the time that an ask may take use `ref.with({ timeoutMs })`, for an actor that nobody uses any more
 * `context.idleTimeoutMs`.
 */
export class ActorTimers {
  readonly #owner: TimersOwner;
  readonly #timers = new Map<string, NamedTimer>();

  constructor(owner: TimersOwner) {
    this.#owner = owner;
  }

  /** How many timers run. */
  get size(): number {
    return this.#timers.size;
  }

  /**
   * Calls `callback` once.
   *
   * @param delayMs milliseconds, 0 or more.
   * @throws ActorError `invalidOption`; `overloaded` above 100 000 timers.
   */
  once(name: string, delayMs: number, callback: () => unknown): void {
    checkValue("the name of a timer", name, text);
    checkValue("the delay of a timer", delayMs, delayRule);
    this.#start(name, delayMs, { callback, due: () => void this.#timers.delete(name) });
  }

  /**
   * Calls `callback` again and again, first after `intervalMs` and then that long after each call has begun: calls never
   * pile up.
   *
   * @param intervalMs milliseconds, more than 0.
   * @throws ActorError `invalidOption`; `overloaded` above 100 000 timers.
   */
  every(name: string, intervalMs: number, callback: () => unknown): void {
    checkValue("the name of a timer", name, text);
    checkValue("the interval of a timer", intervalMs, intervalRule);
    const due = (timer: NamedTimer): void => {
      timer.handle = this.#arm(name, intervalMs, timer);
    };
    this.#start(name, intervalMs, { callback, due });
  }

  /** Ends a timer. @returns whether there was one of this name. @throws ActorError `invalidOption`. */
  cancel(name: string): boolean {
    checkName(name);
    this.#timers.get(name)?.handle.cancel();
    return this.#timers.delete(name);
  }

  /** Whether a timer of this name runs, or its call waits in the mailbox. @throws ActorError `invalidOption`. */
  has(name: string): boolean {
    checkName(name);
    return this.#timers.has(name);
  }

  /** Ends all timers. */
  cancelAll(): void {
    for (const { handle } of this.#timers.values()) handle.cancel();
    this.#timers.clear();
  }

  #start(name: string, delayMs: number, work: TimerWork): void {
    checkName(name);
    checkValue("the callback of a timer", work.callback, callbackRule);
    this.cancel(name);
    if (!this.#owner.isAlive) return;
    if (this.#timers.size >= timersMax) {
      throw new ActorError(
        "overloaded",
        `${this.#owner.label} has ${timersMax} timers; cancel some, or name them so that they replace each other`,
      );
    }
    const timer: NamedTimer = { work, handle: { cancel: () => {} } };
    timer.handle = this.#arm(name, delayMs, timer);
    this.#timers.set(name, timer);
  }

  #arm(name: string, delayMs: number, timer: NamedTimer): Timer {
    return this.#owner.system.runtime.setTimer(delayMs, () =>
      this.#owner.post(`timer ${name}`, this.#callOf(name, timer)),
    );
  }

  /** One call of a timer. Stashed and handled again it is the callback and nothing else, whatever the timer does meanwhile. */
  #callOf(name: string, timer: NamedTimer): () => unknown {
    let isAccepted = false;
    return () => {
      if (!isAccepted && !this.#isCurrent(name, timer)) return undefined;
      if (!isAccepted) timer.work.due(timer);
      isAccepted = true;
      return timer.work.callback();
    };
  }

  #isCurrent(name: string, timer: NamedTimer): boolean {
    return this.#timers.get(name) === timer;
  }
}

function checkName(name: unknown): void {
  checkValue("the name of a timer", name, text);
}
