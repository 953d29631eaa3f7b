import type { Cluster } from "@foundation/cluster";
import type { NameIndex } from "./name-index.ts";

/** Names that a misspelt one is compared with, in a warning that is written once a minute. */
const comparedNamesMax = 2_000;
/** The same for the errors of asks, of which there may be any number: some 20 us each. */
const comparedByAsksMax = 200;

/** Where a name was looked for. */
interface Surroundings {
  readonly index: NameIndex;
  readonly cluster: Cluster;
}

/** What is said to those who ask for a name that nobody has. @param why what became of it, where that is known. */
export function textOfMissing(name: string, why: string | undefined, { index, cluster }: Surroundings): string {
  const nothing = `nothing is registered as ${JSON.stringify(name)}`;
  if (why !== undefined) return `${nothing}: ${why}`;
  const nearest = index.nearestTo(name, comparedByAsksMax);
  if (nearest !== undefined) return `${nothing}; did you mean ${JSON.stringify(nearest)}?`;
  return isAlone(cluster) ? `${nothing}, and ${aloneIn(cluster)}` : nothing;
}

/** What to do about messages to a name that nobody has. */
export function adviceOnMissing(name: string, { index, cluster }: Surroundings): string {
  const nearest = index.nearestTo(name, comparedNamesMax);
  if (nearest !== undefined) return `did you mean ${JSON.stringify(nearest)}?`;
  const advice = "register an actor under this name, or check how it is written";
  return isAlone(cluster) ? `${advice}; ${aloneIn(cluster)}` : advice;
}

/** Then the likely reason is that the node with the name was not found: it has another secret, folder or cluster name. */
const isAlone = ({ view }: Cluster): boolean => view.size === 1;

const aloneIn = ({ name }: Cluster): string => `this node is alone in its cluster ${JSON.stringify(name)}`;
