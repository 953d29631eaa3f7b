import type { Runtime } from "@foundation/runtime";
import type { DiscoverablePeer } from "@foundation/testkit";
import type { ServiceList } from "./service-list-discovery.ts";

/** A service list in memory that can fail and be slow. */
export class FakeServiceList implements ServiceList {
  isBroken = false;
  delayMs = 0;
  readonly #runtime: Runtime;
  readonly #entries = new Map<string, { host: string; port: number }>();
  readonly #listeners = new Set<() => void>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async put(id: string, { host, port }: DiscoverablePeer | { host: string; port: number }): Promise<void> {
    this.#entries.set(id, { host, port });
    this.#changed();
  }

  async remove(id: string, { host, port }: { host: string; port: number }): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry?.host === host && entry.port === port) this.#entries.delete(id);
    this.#changed();
  }

  async entries(): Promise<ReadonlyMap<string, { host: string; port: number }>> {
    if (this.delayMs > 0) await new Promise<void>((resolve) => this.#runtime.setTimer(this.delayMs, resolve));
    if (this.isBroken) throw new Error("the service list does not answer");
    return new Map(this.#entries);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) this.#runtime.nextTurn(listener);
  }
}
