import type { Announcement, DiscoveryStrategy, PeerCandidate } from "@foundation/runtime";

/** The company's list of services, as its client library shows it. */
export interface ServiceList {
  put(id: string, address: { host: string; port: number }): Promise<void>;
  /** Removes the entry, unless it was replaced by another address. */
  remove(id: string, address: { host: string; port: number }): Promise<void>;
  entries(): Promise<ReadonlyMap<string, { host: string; port: number }>>;
  onChange(listener: () => void): () => void;
}

/** Finds nodes in the company's list of services. */
export class ServiceListDiscovery implements DiscoveryStrategy {
  readonly name = "service list";
  readonly #list: ServiceList;
  #self: Announcement | undefined;

  constructor(list: ServiceList) {
    this.#list = list;
  }

  async announce(self: Announcement): Promise<void> {
    this.#self = self;
    await this.#list.put(self.nodeId, { host: self.host, port: self.port });
  }

  async discover(): Promise<readonly PeerCandidate[]> {
    const entries = await this.#list.entries();
    return [...entries].map(([nodeId, { host, port }]) => ({ nodeId, host, port }));
  }

  onChange(listener: () => void): () => void {
    return this.#list.onChange(listener);
  }

  async withdraw(): Promise<void> {
    const self = this.#self;
    if (self !== undefined) await this.#list.remove(self.nodeId, { host: self.host, port: self.port });
  }
}
