import HashRing from "hashring";

/**
 * Chooses the node for a name by consistent hashing: every node that sees the same candidates chooses the same one, and
 * a change of the candidates moves only the names that have to move.
 */
export class HashPlacement {
  #ring: HashRing | undefined;
  #candidates = "";

  /** @param candidates ids of the nodes that may be chosen, in any order. @returns undefined when there are none. */
  choose(name: string, candidates: readonly string[]): string | undefined {
    if (candidates.length === 0) return undefined;
    const sorted = [...candidates].sort();
    const key = sorted.join(",");
    if (this.#ring === undefined || key !== this.#candidates) {
      this.#ring = new HashRing(sorted);
      this.#candidates = key;
    }
    return this.#ring.get(name);
  }
}
