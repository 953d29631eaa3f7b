import type { Log, LogFields, Runtime } from "@foundation/actor";

/** Time during which one peer causes no second line about the same event. Milliseconds. */
const quietMs = 60_000;
/** Lines remembered; of what does not fit, nothing is written until a place is free. */
const linesMax = 1_024;

/** Warns of what peers do, at most once a minute for each of them and each event, so that nobody fills the log of another. */
export class PeerWarnings {
  readonly #log: Log;
  readonly #runtime: Pick<Runtime, "now">;
  readonly #lines = new Map<string, { writtenAt: number; silent: number }>();
  #total = 0;

  constructor(log: Log, runtime: Pick<Runtime, "now">) {
    this.#log = log;
    this.#runtime = runtime;
  }

  /** Warnings so far, with those that were not written. */
  get total(): number {
    return this.#total;
  }

  /** @param from the peer's id. @param fields called only for a line that is written. */
  warn(event: string, from: string, fields: () => LogFields): void {
    this.#total += 1;
    const now = this.#runtime.now();
    const key = `${event} ${from}`;
    const known = this.#lines.get(key);
    if (known && now - known.writtenAt < quietMs) {
      known.silent += 1;
      return;
    }
    if (!known && this.#lines.size >= linesMax && !this.#forgetOld(now)) return;
    this.#lines.set(key, { writtenAt: now, silent: 0 });
    this.#log.warn(event, { ...fields(), from, notLogged: known?.silent ?? 0 });
  }

  #forgetOld(now: number): boolean {
    for (const [key, { writtenAt }] of this.#lines) if (now - writtenAt >= quietMs) this.#lines.delete(key);
    return this.#lines.size < linesMax;
  }
}
