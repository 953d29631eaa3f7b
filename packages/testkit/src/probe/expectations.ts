import type { Runtime, Timer } from "@foundation/actor";

/** What an expectation looks for: its result, or undefined while that may still come. Throws when it cannot come. */
type Look<T> = () => { readonly value: T } | undefined;

/** One expectation that has neither come true nor failed. */
interface Waiting {
  /** @returns whether it is settled. */
  look(): boolean;
}

/** Settings of {@link Expectations.wait}. */
interface WaitOptions<T> {
  readonly look: Look<T>;
  /** Milliseconds of the runtime's time. */
  readonly timeoutMs: number;
  /** What the wait ends with when time is up. */
  readonly atTimeout: () => T;
}

/** Expectations that wait their turn: each looks only when those before it are settled. */
export class Expectations {
  readonly #runtime: Runtime;
  readonly #waiting: Waiting[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Has each expectation look, in order, until one has to wait on. */
  look(): void {
    while (this.#waiting[0]?.look()) this.#waiting.shift();
  }

  /** Resolves to what `look` finds, or to what `atTimeout` makes of it. */
  wait<T>({ look, timeoutMs, atTimeout }: WaitOptions<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const settle = (find: Look<T>): boolean => {
        try {
          const found = find();
          if (found === undefined) return false;
          resolve(found.value);
        } catch (error) {
          reject(error);
        }
        timer?.cancel();
        return true;
      };
      const waiting: Waiting = { look: () => settle(look) };
      if (this.#waiting.length === 0 && waiting.look()) return;
      this.#waiting.push(waiting);
      timer = this.#runtime.setTimer(timeoutMs, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        settle(() => ({ value: atTimeout() }));
        this.look();
      });
    });
  }
}
