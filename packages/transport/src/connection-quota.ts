/** Limits of {@link ConnectionQuota}. */
export interface ConnectionQuotaLimits {
  /** Connections at a time from one remote host. */
  readonly perHostMax: number;
  /** Connections at a time in all. */
  readonly totalMax: number;
}

/** Counts connections that have not proved themselves yet, so that strangers cannot use up memory and descriptors. */
export class ConnectionQuota {
  readonly #limits: ConnectionQuotaLimits;
  readonly #byHost = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionQuotaLimits = { perHostMax: 64, totalMax: 256 }) {
    this.#limits = limits;
  }

  /** Takes a place for a connection of `host`; `undefined` when none is left. Call the result once to give it back. */
  take(host: string): (() => void) | undefined {
    const count = this.#byHost.get(host) ?? 0;
    if (count >= this.#limits.perHostMax || this.#total >= this.#limits.totalMax) return undefined;
    this.#byHost.set(host, count + 1);
    this.#total += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#total -= 1;
      const left = (this.#byHost.get(host) ?? 1) - 1;
      if (left === 0) this.#byHost.delete(host);
      else this.#byHost.set(host, left);
    };
  }
}
