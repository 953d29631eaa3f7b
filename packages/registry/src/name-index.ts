import { nearestOf } from "@foundation/actor/spi";
import { type Claim, winnerOf } from "./registration.ts";
import type { Registrations } from "./replica.ts";

/** All that may hold names. */
export interface Claimants {
  readonly own: Registrations;
  readonly others: readonly Registrations[];
}

/** Who holds each name, over all replicas: one Map read per lookup. */
export class NameIndex {
  readonly #owners = new Map<string, Claim>();

  /** The winning claim to `name`. */
  get(name: string): Claim | undefined {
    return this.#owners.get(name);
  }

  get size(): number {
    return this.#owners.size;
  }

  /** The name that `name` is probably a misspelling of, if not more than `namesMax` are to be compared. */
  nearestTo(name: string, namesMax: number): string | undefined {
    return this.size > namesMax ? undefined : nearestOf(name, this.#owners.keys());
  }

  claims(): Iterable<Claim> {
    return this.#owners.values();
  }

  /**
   * Decides anew who holds `name`.
   *
   * @returns the claims before and after when they differ, else undefined.
   */
  settle(
    name: string,
    { own, others }: Claimants,
  ): { before: Claim | undefined; after: Claim | undefined } | undefined {
    const before = this.#owners.get(name);
    const after = winningClaim(name, { own, others });
    if (before?.nodeId === after?.nodeId && before?.registration === after?.registration) return undefined;
    if (after === undefined) this.#owners.delete(name);
    else this.#owners.set(name, after);
    return { before, after };
  }
}

/** The claim to `name` that wins over all others. */
export function winningClaim(name: string, { own, others }: Claimants): Claim | undefined {
  let winner = claimOf(own, name);
  for (const other of others) {
    const claim = claimOf(other, name);
    if (claim !== undefined) winner = winner === undefined ? claim : winnerOf(winner, claim);
  }
  return winner;
}

function claimOf(replica: Registrations, name: string): Claim | undefined {
  const registration = replica.find(name);
  return registration && { nodeId: replica.nodeId, registration };
}
