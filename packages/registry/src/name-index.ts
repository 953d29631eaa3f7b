import { type Claim, winnerOf } from "./registration.ts";
import type { Replica } from "./replica.ts";

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

  entries(): Iterable<[string, Claim]> {
    return this.#owners.entries();
  }

  /**
   * Decides anew who holds `name`.
   *
   * @returns the claims before and after when they differ, else undefined.
   */
  settle(
    name: string,
    replicas: Iterable<Replica>,
  ): { before: Claim | undefined; after: Claim | undefined } | undefined {
    const before = this.#owners.get(name);
    let after: Claim | undefined;
    for (const { nodeId, registrations } of replicas) {
      const registration = registrations.get(name);
      if (registration === undefined) continue;
      const claim = { nodeId, registration };
      after = after === undefined ? claim : winnerOf(after, claim);
    }
    if (before?.nodeId === after?.nodeId && before?.registration === after?.registration) return undefined;
    if (after === undefined) this.#owners.delete(name);
    else this.#owners.set(name, after);
    return { before, after };
  }
}
