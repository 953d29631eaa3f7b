import { checkValue, optionRule } from "@foundation/actor/spi";
import HashRing from "hashring";

const candidatesRule = optionRule.listOf(optionRule.text);

/** Rings that are remembered: all nodes of a process that see the same members share one. */
const ringsMax = 16;
const rings = new Map<string, HashRing>();

/**
 * Stands before every id of a node on the ring: the ring keeps nodes as keys of plain objects, and `constructor` is an id like
 * any other.
 */
const idPrefix = "@";

/**
 * Chooses the node for a name by consistent hashing: every node that sees the same candidates chooses the same one, and
 * a change of the candidates moves only the names that have to move.
 */
export class HashPlacement {
  readonly #ring: HashRing | undefined;

  /** @param candidates ids of the nodes that may be chosen, in any order. @throws ActorError `invalidOption`. */
  constructor(candidates: readonly string[]) {
    checkValue("the candidates of a placement", candidates, candidatesRule);
    this.#ring = candidates.length === 0 ? undefined : ringOf([...candidates].sort());
  }

  /** @returns undefined when there are no candidates. */
  choose(name: string): string | undefined {
    // Not `get`: that remembers names as keys of a plain object, where `__proto__` is no name like any other.
    return this.#ring?.range(name, 1)[0]?.slice(idPrefix.length);
  }
}

/** A ring is only read, and takes thousands of hashes to make. */
function ringOf(candidates: readonly string[]): HashRing {
  const key = candidates.join(",");
  let ring = rings.get(key);
  if (ring === undefined) {
    const servers = candidates.map((id) => idPrefix + id);
    // Its own cache is not used; the smallest there is.
    ring = new HashRing(servers, "md5", { "max cache size": 1 });
    rings.set(key, ring);
    const [oldest] = rings.keys();
    if (rings.size > ringsMax && oldest !== undefined) rings.delete(oldest);
  }
  return ring;
}
