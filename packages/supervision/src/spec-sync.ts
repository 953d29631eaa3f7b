import type { NodeProtocol } from "@foundation/cluster";
import { type BatchLimits, batches, textBytesMax } from "./message-batches.ts";
import { type SingletonSpec, tombstone } from "./singleton-spec.ts";
import { SpecPulls } from "./spec-pulls.ts";
import type { SpecTable } from "./spec-table.ts";
import { itemsPerMessageMax, type SpecHeader, type SupervisionMessage } from "./supervision-message.ts";

/** A header without its name, about. Bytes. */
const headerBytes = 120;
/** A changed spec of up to so many bytes goes out with its header; others are asked for. Bytes. */
const inlineBytesMax = 4 * 1024;
/** What one turn's changes may take along; the rest is asked for. Bytes. */
const inlineBytesPerTurnMax = 1024 * 1024;

/** What a {@link SpecSync} works with. */
export interface SpecSyncSurroundings {
  readonly table: SpecTable;
  readonly protocol: NodeProtocol<SupervisionMessage>;
  /** What one message may hold. */
  readonly bytesPerMessageMax: number;
  /** Calls back at the end of the turn. */
  soon(callback: () => void): void;
  /** A newer version of a spec was taken in. */
  merged(spec: SingletonSpec, before: SingletonSpec | undefined): void;
}

/**
 * Keeps the specs of all nodes equal: tells of changes, and tells a new link what versions there are. A node that lacks a spec
 * asks for it, in portions, so that neither its size nor their number can fill a queue.
 */
export class SpecSync {
  readonly #surroundings: SpecSyncSurroundings;
  readonly #limits: BatchLimits;
  readonly #pulls = new SpecPulls();
  readonly #unsent = new Set<string>();

  constructor(surroundings: SpecSyncSurroundings) {
    this.#surroundings = surroundings;
    this.#limits = { itemsMax: itemsPerMessageMax, bytesMax: surroundings.bytesPerMessageMax };
  }

  /** Takes a change in that was made here, and tells all members at the end of the turn. */
  publish(spec: SingletonSpec): void {
    this.#merge(spec);
    if (this.#unsent.size === 0) this.#surroundings.soon(() => this.#tell());
    this.#unsent.add(spec.name);
  }

  /** Tells a newly linked member what is known here. */
  linked(nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    this.#pulls.gone(nodeId);
    for (const headers of batches(table.headers(), this.#limits, headerSize)) protocol.send(nodeId, { headers });
    this.#pull();
  }

  /** What this member said of these names is not the newest: it may not be linked to the node that changed them. */
  tellOf(names: readonly string[], nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    const known = names.flatMap((name) => table.header(name) ?? []);
    for (const headers of batches(known, this.#limits, headerSize)) protocol.send(nodeId, { headers });
  }

  /** Whether this node has all specs that this member has told of. */
  isSettled(nodeId: string): boolean {
    return this.#pulls.isSettled(nodeId);
  }

  /** This member is gone. */
  gone(nodeId: string): void {
    this.#pulls.gone(nodeId);
    this.#pull();
  }

  /** Takes in what a member says of specs. */
  received({ headers = [], specs = [], want, isGiven }: SupervisionMessage, nodeId: string): void {
    const { table } = this.#surroundings;
    const outdated: string[] = [];
    for (const spec of specs) this.#merge(spec);
    for (const header of headers) {
      table.raiseEpoch(header.name, header.epoch);
      if (!table.isNews(header)) {
        if (table.isOutdated(header)) outdated.push(header.name);
        continue;
      }
      if (header.state === "removed") this.#merge(tombstone(header.name, header));
      else this.#pulls.offer(nodeId, { name: header.name, bytes: header.bytes, isWanted: () => table.isNews(header) });
    }
    this.tellOf(outdated, nodeId);
    if (isGiven === true) this.#pulls.given(nodeId);
    if (want !== undefined) this.#give(want, nodeId);
    if (headers.length > 0 || isGiven === true) this.#pull();
  }

  /** `nodeId` knows a spec of this name, and this node none. */
  missing(name: string, nodeId: string): void {
    const isWanted = (): boolean => this.#surroundings.table.get(name) === undefined;
    this.#pulls.offer(nodeId, { name, bytes: inlineBytesMax, isWanted });
    this.#surroundings.soon(() => this.#pull());
  }

  #merge(spec: SingletonSpec): void {
    const { table, merged } = this.#surroundings;
    const before = table.get(spec.name);
    if (table.put(spec)) merged(table.get(spec.name) as SingletonSpec, before);
  }

  #tell(): void {
    const { table, protocol } = this.#surroundings;
    const names = [...this.#unsent];
    this.#unsent.clear();
    let inlineBytes = 0;
    const isInline = (name: string): boolean => {
      const bytes = table.bytes(name);
      if (bytes > inlineBytesMax || inlineBytes + bytes > inlineBytesPerTurnMax) return false;
      if (table.get(name)?.state === "removed") return false;
      inlineBytes += bytes;
      return true;
    };
    const changes = names.flatMap((name) => {
      const header = table.header(name);
      return header === undefined ? [] : [{ header, spec: isInline(name) ? table.get(name) : undefined }];
    });
    const size = (each: (typeof changes)[number]): number =>
      headerSize(each.header) + (each.spec === undefined ? 0 : each.header.bytes);
    for (const batch of batches(changes, this.#limits, size)) {
      const specs = batch.flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
      protocol.broadcast({ headers: batch.map(({ header }) => header), specs });
    }
  }

  #give(names: readonly string[], nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    const specs = names.flatMap((name) => {
      const spec = table.get(name);
      return spec === undefined || spec.state === "removed" ? [] : [spec];
    });
    for (const batch of batches(specs, this.#limits, ({ name }) => table.bytes(name)))
      protocol.send(nodeId, { specs: batch });
    protocol.send(nodeId, { isGiven: true });
  }

  #pull(): void {
    for (const [nodeId, want] of this.#pulls.next()) this.#surroundings.protocol.send(nodeId, { want });
  }
}

function headerSize({ name }: SpecHeader): number {
  return headerBytes + textBytesMax(name);
}
