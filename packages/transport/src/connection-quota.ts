import { OptionTable, optionRule } from "@foundation/actor/spi";
import { refuseOption } from "./refuse-option.ts";
import { networkOf } from "./remote-network.ts";

/** Limits of {@link ConnectionQuota}. */
interface ConnectionQuotaLimits {
  /** Connections at a time from one remote host; see {@link networkOf}. */
  readonly perHostMax: number;
  /** Connections at a time in all. */
  readonly totalMax: number;
}

const limitsTable = new OptionTable<ConnectionQuotaLimits>(
  "ConnectionQuota",
  {
    perHostMax: optionRule.required(optionRule.wholeNumber({ min: 1 })),
    totalMax: optionRule.required(optionRule.wholeNumber({ min: 1 })),
  },
  refuseOption,
);

interface Place {
  readonly evict: () => void;
  readonly release: () => void;
}

/**
 * Counts connections that have not proved themselves yet, so that strangers cannot use up memory and descriptors.
 *
 * When all places are taken, the host that holds the most loses its oldest one to a host that holds less: whoever wants to
 * keep others out needs as many addresses as there are places.
 */
export class ConnectionQuota {
  readonly #limits: ConnectionQuotaLimits;
  /** By host, oldest first. */
  readonly #places = new Map<string, Set<Place>>();
  #total = 0;

  /** @throws {TransportError} `invalidOption`. */
  constructor(limits: ConnectionQuotaLimits = { perHostMax: 64, totalMax: 256 }) {
    limitsTable.check(limits);
    this.#limits = limits;
  }

  /**
   * Takes a place for a connection of `remoteHost`.
   *
   * @param evict called at most once, when the place was given to another host: the connection has to be dropped.
   * @returns gives the place back, when it was not yet; undefined when there was none.
   */
  take(remoteHost: string, evict: () => void): (() => void) | undefined {
    const host = networkOf(remoteHost);
    const held = this.#places.get(host)?.size ?? 0;
    if (held >= this.#limits.perHostMax) return undefined;
    if (this.#total >= this.#limits.totalMax && !this.#makeRoom(held)) return undefined;
    const place: Place = { evict, release: () => this.#release(host, place) };
    const places = this.#places.get(host) ?? new Set();
    this.#places.set(host, places.add(place));
    this.#total += 1;
    return place.release;
  }

  #release(host: string, place: Place): void {
    const places = this.#places.get(host);
    if (!places?.delete(place)) return;
    this.#total -= 1;
    if (places.size === 0) this.#places.delete(host);
  }

  /** @param held places of the host that wants one more. */
  #makeRoom(held: number): boolean {
    let most: ReadonlySet<Place> = new Set();
    for (const places of this.#places.values()) if (places.size > most.size) most = places;
    // From one that would hold fewer afterwards than the other, it would only come back.
    if (most.size <= held + 1) return false;
    const [oldest] = most;
    oldest?.release();
    oldest?.evict();
    return true;
  }
}
