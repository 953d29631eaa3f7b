import type { Runtime, Timer } from "@foundation/actor";

/** Names that are due within so many milliseconds of each other are looked at together. */
const bucketMs = 25;

/** Names that are to be looked at again later: a timer for each moment, however many names there are. */
export class PostponedNames {
  readonly #runtime: Runtime;
  readonly #due: (name: string) => void;
  readonly #buckets = new Map<number, { readonly names: Set<string>; readonly timer: Timer }>();
  readonly #bucketOf = new Map<string, number>();

  /** @param due called for each name when its time has come. */
  constructor(runtime: Runtime, due: (name: string) => void) {
    this.#runtime = runtime;
    this.#due = due;
  }

  /** Has `name` looked at in `delayMs` milliseconds, or a little later; earlier only if it was to be anyway. */
  postpone(name: string, delayMs: number): void {
    const now = this.#runtime.now();
    const at = Math.ceil((now + delayMs) / bucketMs);
    const known = this.#bucketOf.get(name);
    if (known !== undefined && known <= at) return;
    this.delete(name);
    let bucket = this.#buckets.get(at);
    if (bucket === undefined) {
      const timer = this.#runtime.setTimer(at * bucketMs - now, () => this.#ring(at), { background: true });
      this.#buckets.set(at, (bucket = { names: new Set(), timer }));
    }
    bucket.names.add(name);
    this.#bucketOf.set(name, at);
  }

  delete(name: string): void {
    const at = this.#bucketOf.get(name);
    if (at === undefined) return;
    this.#bucketOf.delete(name);
    const bucket = this.#buckets.get(at);
    bucket?.names.delete(name);
    if (bucket?.names.size !== 0) return;
    bucket.timer.cancel();
    this.#buckets.delete(at);
  }

  /** Forgets all. */
  stop(): void {
    for (const { timer } of this.#buckets.values()) timer.cancel();
    this.#buckets.clear();
    this.#bucketOf.clear();
  }

  #ring(at: number): void {
    const bucket = this.#buckets.get(at);
    this.#buckets.delete(at);
    const names = [...(bucket?.names ?? [])];
    for (const name of names) this.#bucketOf.delete(name);
    for (const name of names) this.#due(name);
  }
}
