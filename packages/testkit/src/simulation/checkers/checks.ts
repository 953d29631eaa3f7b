import type { Violations } from "./violations.ts";

/**
 * Compares what was promised with what is, by the name of the check, and counts how often: a check that never compared
 * anything has not held, it has not looked.
 */
export class Checks {
  readonly #compared: Map<string, number>;

  /** @param names of all checks that there will be. */
  constructor(names: Iterable<string>) {
    this.#compared = new Map(Array.from(names, (name) => [name, 0]));
  }

  /** How often each check has compared something. */
  get compared(): ReadonlyMap<string, number> {
    return this.#compared;
  }

  /**
   * One comparison.
   *
   * @param what is wrong, in words, when it does not hold.
   * @returns the violation, which begins with the name of the check; empty when the promise holds.
   * @throws RangeError for a check that the scenario does not declare.
   */
  compare(name: string, holds: boolean, what: () => string): Violations {
    const count = this.#compared.get(name);
    if (count === undefined) throw new RangeError(`the scenario declares no check ${name}; add it to its checks`);
    this.#compared.set(name, count + 1);
    return holds ? [] : [`${name}: ${what()}`];
  }
}
