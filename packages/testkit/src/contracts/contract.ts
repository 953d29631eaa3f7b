import type { Runtime, Timer } from "@foundation/actor";

/** One promise of an interface, checked on one implementation. */
export interface ContractCase {
  readonly name: string;
  /** Why this implementation cannot be checked for it; undefined when it can. */
  readonly skip: string | undefined;
  /** Checks it. @throws AssertionError when the promise does not hold. */
  run(): Promise<void>;
}

/** What every implementation of an interface has to do, as cases for one of them. */
export interface Contract {
  readonly name: string;
  readonly cases: readonly ContractCase[];
}

/** The two functions of a test runner that {@link describeContract} needs: vitest, node:test and jest have them. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, run: () => Promise<void>) => unknown) & {
    readonly skip: (name: string, run: () => Promise<void>) => unknown;
  };
}

/**
 * Makes each case of a contract a test. A case that is skipped shows its reason in its name.
 *
 * @example
 * ```ts
 * import { describe, it } from "vitest"; // or "node:test"
 * describeContract(discoveryContract({ name: "mine", create }), { describe, it });
 * ```
 */
export function describeContract({ name, cases }: Contract, { describe, it }: TestRunner): void {
  describe(name, () => {
    for (const { name: promise, skip, run } of cases) {
      if (skip === undefined) it(promise, run);
      else it.skip(`${promise} (skipped: ${skip})`, run);
    }
  });
}

/** Milliseconds that one case may take, of its subject's time. */
const caseMsMax = 120_000;
/** Milliseconds between two looks at what is waited for. */
const lookEveryMs = 5;

/** What a case waits with: the time of the implementation under test, real or virtual. */
export class CaseTime {
  readonly #runtime: Runtime;
  readonly #startedAt: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#startedAt = runtime.now();
  }

  /** Milliseconds since the case began. */
  get elapsedMs(): number {
    return this.#runtime.now() - this.#startedAt;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#runtime.setTimer(ms, resolve));
  }

  /**
   * Looks until `find` gives something.
   *
   * @throws Error that says what was waited for, after `timeoutMs` (default 10 000) milliseconds, with the last error of
   * `find`, if that threw.
   */
  async eventually<T>(
    what: string,
    find: () => T | undefined | Promise<T | undefined>,
    timeoutMs = 10_000,
  ): Promise<T> {
    const deadline = this.#runtime.now() + timeoutMs;
    for (;;) {
      let cause: unknown;
      try {
        const found = await find();
        if (found !== undefined) return found;
      } catch (error) {
        cause = error;
      }
      if (this.#runtime.now() >= deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
      await this.pause(lookEveryMs);
    }
  }

  /** `work`, or an error when that takes longer than a case may. */
  async bounded<T>(work: Promise<T>): Promise<T> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const fail = (): void => reject(new Error(`the case was not through after ${caseMsMax} ms`));
      timer = this.#runtime.setTimer(caseMsMax, fail);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }
}
