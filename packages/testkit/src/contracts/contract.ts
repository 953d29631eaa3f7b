import type { Runtime, Timer } from "@foundation/actor";
import { shown } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";

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
 * @throws TestkitError `invalidOption`.
 */
export function describeContract(contract: Contract, runner: TestRunner): void {
  if (!isContract(contract))
    throw invalidOption(`describeContract: the contract is ${shown(contract)}; allowed: what a contract function made`);
  if (!isRunner(runner))
    throw invalidOption(
      `describeContract: the runner is ${shown(runner)}; allowed: describe() and it(), with it.skip()`,
    );
  const { name, cases } = contract;
  const { describe, it } = runner;
  describe(name, () => {
    for (const { name: promise, skip, run } of cases) {
      if (skip === undefined) it(promise, run);
      else it.skip(`${promise} (skipped: ${skip})`, run);
    }
  });
}

function isContract(value: Partial<Contract> | null | undefined): boolean {
  return typeof value?.name === "string" && Array.isArray(value.cases);
}

function isRunner(value: Partial<TestRunner> | null | undefined): boolean {
  return [value?.describe, value?.it, value?.it?.skip].every((each) => typeof each === "function");
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
