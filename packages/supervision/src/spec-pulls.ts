import { specsMax } from "./spec-table.ts";

/** Names in one request, at most. */
const namesMax = 500;
/** What one request may bring, unless a single spec is larger. Bytes. */
const bytesMax = 256 * 1024;
/** Names in one request, at most. Bytes. */
const nameBytesMax = 32 * 1024;

/** Offers of one member that wait, at most: as many as there can be singletons. */
const offersMax = specsMax;

/** A spec that a member has. */
interface Offer {
  readonly name: string;
  /** About how many bytes it takes. */
  readonly bytes: number;
  /** Whether this node still lacks it. */
  isWanted(): boolean;
}

interface Source {
  /** What is to be asked for, by name. */
  readonly queue: Map<string, Offer>;
  /** What was asked for and has not been answered. */
  asked: ReadonlySet<string>;
}

/**
 * The specs that this node still lacks, and the members that have them: one request at a time to each member, of so many bytes, and each
 * spec from one member only. So the arguments of thousands of singletons fill no queue.
 */
export class SpecPulls {
  readonly #sources = new Map<string, Source>();
  /** Names that were asked for anywhere. */
  readonly #underWay = new Set<string>();
  readonly #dropped: (name: string) => void;

  /** @param dropped told of each name that is not asked for, or not any more: its spec is here, or one member fewer will bring it. */
  constructor(dropped: (name: string) => void = () => {}) {
    this.#dropped = dropped;
  }

  /** Whether a member is, or will be, asked for the spec of `name`. */
  isOnItsWay(name: string): boolean {
    if (this.#underWay.has(name)) return true;
    for (const { queue } of this.#sources.values()) if (queue.has(name)) return true;
    return false;
  }

  /** `nodeId` has a spec that this node may want. @returns false where too many of its specs wait already. */
  offer(nodeId: string, offer: Offer): boolean {
    let source = this.#sources.get(nodeId);
    if (source === undefined) this.#sources.set(nodeId, (source = { queue: new Map(), asked: new Set() }));
    if (source.queue.size >= offersMax && !source.queue.has(offer.name)) return false;
    source.queue.set(offer.name, offer);
    return true;
  }

  /** Whether nothing that `nodeId` offered is still to come. */
  isSettled(nodeId: string): boolean {
    for (const { isWanted } of this.#sources.get(nodeId)?.queue.values() ?? []) if (isWanted()) return false;
    return (this.#sources.get(nodeId)?.asked.size ?? 0) === 0;
  }

  /** What was asked of `nodeId` has been answered. */
  given(nodeId: string): void {
    const source = this.#sources.get(nodeId);
    if (source !== undefined) this.#answered(source);
  }

  /** `nodeId` is not linked any more, or anew: what it was asked for has to be asked again, of it or of others. */
  gone(nodeId: string): void {
    const source = this.#sources.get(nodeId);
    this.#sources.delete(nodeId);
    if (source === undefined) return;
    this.#answered(source);
    for (const name of source.queue.keys()) this.#dropped(name);
  }

  /** The next requests, each to one member. */
  *next(): Generator<readonly [nodeId: string, names: string[]]> {
    for (const [nodeId, source] of this.#sources) {
      if (source.asked.size > 0) continue;
      const names = this.#take(source.queue);
      if (names.length > 0) {
        source.asked = new Set(names);
        yield [nodeId, names];
      } else if (source.queue.size === 0) this.#sources.delete(nodeId);
    }
  }

  #take(queue: Map<string, Offer>): string[] {
    const names: string[] = [];
    let bytes = 0;
    let nameBytes = 0;
    for (const [name, offer] of queue) {
      // Another member sends it; should that fail, it is asked for here.
      if (this.#underWay.has(name)) continue;
      if (names.length > 0 && (names.length >= namesMax || bytes + offer.bytes > bytesMax || nameBytes > nameBytesMax))
        break;
      queue.delete(name);
      if (!offer.isWanted()) {
        this.#dropped(name);
        continue;
      }
      names.push(name);
      this.#underWay.add(name);
      bytes += offer.bytes;
      nameBytes += Buffer.byteLength(name);
    }
    return names;
  }

  #answered(source: Source): void {
    const { asked } = source;
    source.asked = new Set();
    for (const name of asked) this.#underWay.delete(name);
    for (const name of asked) this.#dropped(name);
  }
}
