import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";

/** What a singleton answers: which of its lives it is, and how many increments this life has seen. */
export interface Incremented {
  readonly life: number;
  readonly count: number;
}

/** The checks of {@link Increments}. */
export const incrementChecks = ["runsOnce", "acknowledgedAsRun", "noneLost"] as const;

/** Keeps account of increments from outside the system under test: what ran in which life, and what was acknowledged. */
export class Increments {
  readonly #wrong: Violations = [];
  /** Requests by life, in the order in which they ran. */
  readonly #ran: number[][] = [];
  readonly #lifeOf = new Map<number, number>();
  readonly #checks: Checks;
  #lastRequest = 0;

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  /** A new life of an actor. @returns its number. */
  begin(): number {
    return this.#ran.push([]) - 1;
  }

  /** A new request. @returns its number. */
  request(): number {
    return ++this.#lastRequest;
  }

  /** A handler runs `request`. */
  runs(request: number, life: number): void {
    const earlier = this.#lifeOf.get(request);
    this.#compare(
      "runsOnce",
      earlier === undefined,
      () => `increment ${request} ran in life ${life} after it ran in life ${earlier}`,
    );
    this.#lifeOf.set(request, life);
    this.#ran[life]?.push(request);
  }

  /** The asker of `request` got this answer. */
  acknowledged(request: number, { life, count }: Incremented): void {
    const ran = this.#ran[life]?.[count - 1];
    this.#compare(
      "acknowledgedAsRun",
      ran === request,
      () => `increment ${request} was acknowledged as number ${count} of life ${life}, which was ${ran}`,
    );
  }

  /** A life says how many increments it has seen, at a moment at which none is under way. */
  read({ life, count }: Incremented): void {
    const ran = this.#ran[life]?.length;
    this.#compare("noneLost", ran === count, () => `life ${life} has counted ${count} increments of ${ran}`);
  }

  violations(): Violations {
    return this.#wrong.slice(0, 10);
  }

  #compare(name: (typeof incrementChecks)[number], holds: boolean, what: () => string): void {
    this.#wrong.push(...this.#checks.compare(name, holds, what));
  }
}
