import type { Runtime, Timer } from "../runtime/runtime.ts";

/** The actor that is watched. */
interface WatchedActor {
  readonly runtime: Runtime;
  /** Whether something is under way, or is waited for. */
  isBusy(): boolean;
  /** Nothing was done for as long as the watch says. */
  becameIdle(): void;
}

/** Finds out that an actor has done nothing for some time. */
export class IdleWatch {
  readonly #actor: WatchedActor;
  #timeoutMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  /** When the actor did something last. Monotonic milliseconds. */
  #activeAt = 0;

  constructor(actor: WatchedActor) {
    this.#actor = actor;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Begins anew. @param timeoutMs milliseconds without a message; infinite for no end. */
  start(timeoutMs: number): void {
    this.stop();
    this.#timeoutMs = timeoutMs;
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#activeAt = this.#actor.runtime.now();
    this.#arm(timeoutMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The actor has something to do. */
  noteActivity(now: number): void {
    this.#activeAt = now;
  }

  /** Whether nothing was done for {@link timeoutMs}, and nothing is under way. */
  isIdle(): boolean {
    if (this.#actor.isBusy()) this.#activeAt = this.#actor.runtime.now();
    return this.#leftMs() <= 0;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#actor.runtime.setTimer(delayMs, () => this.#look(), { background: true });
  }

  #look(): void {
    if (!this.isIdle()) return this.#arm(this.#leftMs());
    this.#arm(this.#timeoutMs);
    this.#actor.becameIdle();
  }

  #leftMs(): number {
    return this.#activeAt + this.#timeoutMs - this.#actor.runtime.now();
  }
}
