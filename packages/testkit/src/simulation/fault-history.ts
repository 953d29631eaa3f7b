import type { PlannedFault } from "./fault-plan.ts";
import type { FaultName } from "./faults/fault.ts";
import { worstEffect } from "./faults/fault-kinds.ts";

/** The faults of a run, and until when it was free of those that excuse something. */
export class FaultHistory {
  readonly #plan: readonly PlannedFault[];
  readonly #startedAt: number;

  /** @param startedAt when the plan began. Virtual milliseconds. */
  constructor(plan: readonly PlannedFault[], startedAt: number) {
    this.#plan = plan;
    this.#startedAt = startedAt;
  }

  /** The kinds of faults that there were. */
  get kinds(): ReadonlySet<FaultName> {
    return new Set(this.#plan.map(({ fault }) => fault.kind));
  }

  /** From when on living nodes can have believed that other living nodes were dead; infinite: never. Virtual milliseconds. */
  get splitFrom(): number {
    return this.#first((kinds) => worstEffect(kinds) === "split");
  }

  /** When the first fault happened that is none of `kinds`; infinite: never. Virtual milliseconds. */
  firstBeside(kinds: ReadonlySet<FaultName>): number {
    return this.#first((happened) => [...happened].some((kind) => !kinds.has(kind)));
  }

  #first(isReached: (kinds: ReadonlySet<FaultName>) => boolean): number {
    const kinds = new Set<FaultName>();
    for (const { atMs, fault } of this.#plan) if (isReached(kinds.add(fault.kind))) return this.#startedAt + atMs;
    return Number.POSITIVE_INFINITY;
  }
}
