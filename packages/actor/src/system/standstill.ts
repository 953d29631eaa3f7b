import type { Runtime, Timer } from "../runtime/runtime.ts";

/** Whether what waits for an actor is followed through others that wait themselves: so far. */
const hopsMax = 8;

/** What has to be known of an actor. */
export interface StandingActor {
  readonly isAlive: boolean;
  readonly state: string;
  /** Whether a handler or hook is at work that returned a promise: a stop waits for its end. */
  readonly isHeld: boolean;
  /** Whether a message waits or is being handled. */
  readonly isAtWork: boolean;
}

/** Something that an actor's code waits for. */
export interface Wait {
  readonly waiter: StandingActor;
  /** The actor of this system that is to answer, if it is one. */
  readonly source: StandingActor | undefined;
  /** One object for as long as the wait is the same. */
  readonly token: object;
  /** Ends the wait, in order. */
  giveUp(): void;
}

/** What a {@link Standstill} looks at. */
interface StandstillPort {
  readonly runtime: Runtime;
  /** Milliseconds without an answer, from an actor that does nothing, after which none is expected. */
  readonly patienceMs: number;
  /** All that actors wait for now. */
  waits(): Iterable<Wait>;
}

/**
 * Lets actors end that were told to stop while a handler of theirs waits for another actor that will not answer as long as the system
 * stops: a worker that waits for the next job of a queue. The queue, which was there before it, is told only when the worker has ended.
 *
 * What they wait for is given up when its source was found idle twice, {@link StandstillPort.patienceMs} apart: it keeps the message
 * (a deferred reply, a stash) until something comes that nobody is left to send. What is being worked at is waited for, and `onStop` is
 * left alone.
 */
export class Standstill {
  readonly #port: StandstillPort;
  /** Told to stop while something else ran. */
  readonly #held = new Set<StandingActor>();
  /** Without an answer when it was looked last. */
  #unanswered: ReadonlySet<object> = new Set();
  /** What was found to stand still, by those that wait. */
  #still: ReadonlyMap<StandingActor, readonly Wait[]> = new Map();
  #timer: Timer | undefined;

  constructor(port: StandstillPort) {
    this.#port = port;
  }

  /** An actor was told to stop. */
  told(cell: StandingActor): void {
    if (!cell.isHeld || cell.state === "stopping") return;
    this.#held.add(cell);
    if (this.#timer === undefined) this.#look();
    else this.#giveUpFor(cell);
  }

  ended(cell: StandingActor): void {
    this.#held.delete(cell);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held.clear();
    this.#unanswered = new Set();
    this.#still = new Map();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#held.size === 0) return;
    const { runtime, patienceMs } = this.#port;
    this.#timer = runtime.setTimer(patienceMs, this.#look, { background: true });
    const unanswered = standingStill([...this.#port.waits()]);
    this.#still = Map.groupBy(
      unanswered.filter(({ token }) => this.#unanswered.has(token)),
      ({ waiter }) => waiter,
    );
    this.#unanswered = new Set(unanswered.map(({ token }) => token));
    for (const cell of [...this.#held]) this.#giveUpFor(cell);
  };

  #giveUpFor(cell: StandingActor): void {
    if (!cell.isAlive || cell.state === "stopping") return;
    for (const wait of this.#still.get(cell) ?? []) wait.giveUp();
  }
}

/** Those of `waits` at whose source nothing happens, also because it waits for such a one itself. */
function standingStill(waits: readonly Wait[]): Wait[] {
  const isWaiting = new Set<StandingActor>();
  const still = new Set<Wait>();
  for (let hops = 0; hops < hopsMax; hops++) {
    const before = still.size;
    for (const wait of waits) {
      const { source, waiter } = wait;
      if (source?.isAtWork && !isWaiting.has(source)) continue;
      still.add(wait);
      isWaiting.add(waiter);
    }
    if (still.size === before) break;
  }
  return [...still];
}
