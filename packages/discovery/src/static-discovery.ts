import { shown } from "@foundation/actor/spi";
import { DiscoveryError } from "./errors.ts";
import type { DiscoveryStrategy, PeerCandidate } from "./strategy.ts";

/**
 * Parses a seed: `host:port`, or `[address]:port` for IPv6.
 *
 * @throws DiscoveryError `invalidSeed`.
 */
export function parseSeed(seed: string): PeerCandidate {
  // A host becomes a part of URLs, where anything else would mean something of its own.
  const match =
    typeof seed === "string" ? /^(?:\[([0-9a-fA-F:.]{1,255})\]|([A-Za-z0-9._-]{1,255})):(\d{1,5})$/.exec(seed) : null;
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new DiscoveryError("invalidSeed", `seed ${shown(seed)} is not host:port, such as "10.0.0.5:7400"`);
  }
  return { host, port };
}

/** A fixed list of seeds. One that is reachable is enough: it knows the others. */
export class StaticDiscovery implements DiscoveryStrategy {
  readonly name = "static";
  readonly #seeds: readonly PeerCandidate[];

  /** @param seeds `host:port` each. @throws DiscoveryError `invalidSeed`, `invalidOption` for what is no list. */
  constructor(seeds: readonly string[]) {
    if (!Array.isArray(seeds)) {
      const text = `StaticDiscovery: seeds is ${shown(seeds)}; allowed: an array of host:port, such as ["10.0.0.5:7400"]`;
      throw new DiscoveryError("invalidOption", text);
    }
    // Not map, which would leave holes out.
    this.#seeds = Array.from(seeds, (seed: string) => parseSeed(seed));
  }

  async announce(): Promise<void> {}

  async discover(): Promise<readonly PeerCandidate[]> {
    return this.#seeds;
  }

  async withdraw(): Promise<void> {}
}
