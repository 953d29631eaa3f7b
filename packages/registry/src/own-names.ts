import type { Registration } from "./registration.ts";
import { type Change, Replica } from "./replica.ts";

/** Changes that are kept for members which have not had them yet, at least; a node with more names keeps one for each. */
const changesKeptMin = 65_536;

/** This node's names, and its last changes for members that lag behind. */
export class OwnNames {
  #replica: Replica;
  #changes: Change[] = [];
  /** Number of the first change that is kept. */
  #first: number;

  readonly #keptMin: number;

  /** @param keptMin changes that are kept at least for members that lag behind. */
  constructor(nodeId: string, incarnation: number, keptMin: number = changesKeptMin) {
    this.#replica = new Replica(nodeId, incarnation);
    this.#first = 0;
    this.#keptMin = keptMin;
  }

  get replica(): Replica {
    return this.#replica;
  }

  get nodeId(): string {
    return this.#replica.nodeId;
  }

  get incarnation(): number {
    return this.#replica.incarnation;
  }

  /** How many changes there were. */
  get version(): number {
    return this.#replica.version;
  }

  apply(change: Change): void {
    this.#replica.apply(change);
    this.#changes.push(change);
    // In one go when twice the room is taken: the cost of a change must not grow with what is kept.
    const keptMax = Math.max(this.#keptMin, this.#replica.registrations.size);
    if (this.#changes.length > 2 * keptMax) this.forget(this.version - keptMax);
  }

  /** A member that has had all changes up to `version` can be brought up to date by {@link changesAfter}. */
  keepsChangesAfter(version: number): boolean {
    return version >= this.#first;
  }

  /** At most `count` changes after change number `version`. */
  changesAfter(version: number, count: number): readonly Change[] {
    const at = version - this.#first;
    return this.#changes.slice(at, at + count);
  }

  /** All members have had the changes up to `version`. */
  forget(version: number): void {
    if (version <= this.#first) return;
    this.#changes = version >= this.version ? [] : this.#changes.slice(version - this.#first);
    this.#first = version;
  }

  /** All names, also those that are taken while they are gone through. */
  registrations(): IterableIterator<Registration> {
    return this.#replica.registrations.values();
  }

  /** This node goes on as a newer incarnation, and its names with it. */
  renew(incarnation: number): void {
    const renewed = new Replica(this.nodeId, incarnation, this.version);
    for (const [name, registration] of this.#replica.registrations) renewed.registrations.set(name, registration);
    this.#replica = renewed;
  }
}
