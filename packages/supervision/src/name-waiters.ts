import type { Runtime } from "@foundation/actor";

/** Callers that wait for something about one name: looked at when something about that name changes. */
export class NameWaiters {
  readonly #runtime: Runtime;
  readonly #byName = new Map<string, Set<() => void>>();
  #isStopped = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** @returns whether `condition` came true within `timeoutMs` milliseconds, and before {@link stop}. */
  until(name: string, condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (this.#isStopped) return Promise.resolve(false);
    return new Promise((resolve) => {
      const checks = this.#byName.get(name) ?? new Set();
      this.#byName.set(name, checks);
      const check = (): void => {
        const isTrue = condition();
        if (!isTrue && !this.#isStopped) return;
        timer.cancel();
        checks.delete(check);
        if (checks.size === 0 && this.#byName.get(name) === checks) this.#byName.delete(name);
        resolve(isTrue);
      };
      const timer = this.#runtime.setTimer(timeoutMs, () => {
        checks.delete(check);
        if (checks.size === 0 && this.#byName.get(name) === checks) this.#byName.delete(name);
        resolve(condition());
      });
      checks.add(check);
    });
  }

  /** Something about `name` has changed. */
  changed(name: string): void {
    for (const check of [...(this.#byName.get(name) ?? [])]) check();
  }

  /** Something has changed that may concern every name. */
  changedAll(): void {
    for (const name of [...this.#byName.keys()]) this.changed(name);
  }

  /** Ends all waits. */
  stop(): void {
    this.#isStopped = true;
    this.changedAll();
  }
}
