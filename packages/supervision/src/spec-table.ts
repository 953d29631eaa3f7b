import { holdsAgainst, type SingletonSpec, tombstone } from "./singleton-spec.ts";
import { digestPartOf, SpecDigest } from "./spec-digest.ts";
import type { SpecHeader } from "./supervision-message.ts";

/** Removed singletons that are remembered, so that a node that was away does not bring them back. */
export const tombstonesMax = 10_000;
/** How long a removed singleton is remembered. Milliseconds: a day. */
export const tombstoneMs = 86_400_000;
/** Specs that stand for a singleton: a tenth more than may be asked for, as nodes that ask at the same moment do not know of each other yet. */
export const specsMax = 110_000;
/** Epochs of names that no spec is known of, as they may come first. */
const strayEpochsMax = 10_000;

interface Row {
  readonly spec: SingletonSpec;
  /** About how many bytes the spec takes in a message. */
  readonly bytes: number;
  epoch: number;
  /** What the epoch of its next start is above, besides: those of an earlier life under the name may have been forgotten. */
  readonly forgottenEpoch: number;
}

/** Settings of a {@link SpecTable}. */
interface SpecTableOptions {
  /** Monotonic milliseconds. */
  now(): number;
  /** About how many bytes a spec takes in a message. */
  bytesOf(spec: SingletonSpec): number;
  /** Specs that stand for a singleton, at most. Default {@link specsMax}. */
  readonly countMax?: number;
}

/**
 * What this node knows of all singletons: the newest version of each spec and the highest epoch of each name.
 *
 * What is left of a removed one is a tombstone without its arguments, for a day, and for the last {@link tombstonesMax} only.
 */
export class SpecTable {
  readonly #options: SpecTableOptions;
  readonly #rows = new Map<string, Row>();
  /** When each removed singleton was heard to be so, oldest first. */
  readonly #buriedAt = new Map<string, number>();
  readonly #strayEpochs = new Map<string, number>();
  readonly #digest = new SpecDigest();
  /** The highest epoch of all names that were forgotten. */
  #forgottenEpoch = 0;

  constructor(options: SpecTableOptions) {
    this.#options = options;
  }

  /** Specs and tombstones. */
  get size(): number {
    return this.#rows.size;
  }

  /** Specs that stand for a singleton. */
  get kept(): number {
    return this.#rows.size - this.#buriedAt.size;
  }

  /** Whether a spec of `name` that stands for a singleton would be taken. Members say what they like, and this node keeps it. */
  hasRoomFor(name: string): boolean {
    const { countMax = specsMax } = this.#options;
    if (this.kept < countMax) return true;
    return (this.get(name)?.state ?? "removed") !== "removed";
  }

  get(name: string): SingletonSpec | undefined {
    return this.#rows.get(name)?.spec;
  }

  *specs(): Iterable<SingletonSpec> {
    for (const { spec } of this.#rows.values()) yield spec;
  }

  /** About how many bytes the spec of `name` takes in a message. */
  bytes(name: string): number {
    return this.#rows.get(name)?.bytes ?? 0;
  }

  /** The highest epoch that was heard of, 0 when none was. */
  epoch(name: string): number {
    return this.#rows.get(name)?.epoch ?? this.#strayEpochs.get(name) ?? 0;
  }

  /** The epoch of its next start: above all that were heard of, also where what this name had is not known any more. */
  nextEpoch(name: string): number {
    return Math.max(this.epoch(name), this.#rows.get(name)?.forgottenEpoch ?? this.#forgottenEpoch) + 1;
  }

  raiseEpoch(name: string, epoch: number): void {
    if (epoch <= this.epoch(name)) return;
    const row = this.#rows.get(name);
    if (row !== undefined) {
      row.epoch = epoch;
      return;
    }
    this.#strayEpochs.set(name, epoch);
    const [oldest] = this.#strayEpochs;
    if (oldest === undefined || this.#strayEpochs.size <= strayEpochsMax) return;
    this.#strayEpochs.delete(oldest[0]);
    this.#forgottenEpoch = Math.max(this.#forgottenEpoch, oldest[1]);
  }

  /** Whether `header` is of a newer version than is known here. */
  isNews(header: Pick<SpecHeader, "name" | "revision" | "stamp" | "origin">): boolean {
    const known = this.get(header.name);
    return known === undefined || !holdsAgainst(known, header);
  }

  /** Whether `header` is of an older version than is known here. */
  isOutdated(header: Pick<SpecHeader, "name" | "revision" | "stamp" | "origin">): boolean {
    const known = this.get(header.name);
    return known !== undefined && !holdsAgainst(header, known);
  }

  /** Takes a spec in, unless a version is known that holds against it. @returns whether it was taken. */
  put(given: SingletonSpec): boolean {
    const { name } = given;
    if (!this.isNews(given) || (given.state !== "removed" && !this.hasRoomFor(name))) return false;
    const spec = given.state === "removed" ? tombstone(name, given) : given;
    const before = this.get(name);
    for (const each of [before, spec])
      if (each !== undefined && each.state !== "removed") this.#digest.toggle(name, each, this.#options.now());
    const { forgottenEpoch = this.#forgottenEpoch } = this.#rows.get(name) ?? {};
    this.#rows.set(name, { spec, bytes: this.#options.bytesOf(spec), epoch: this.epoch(name), forgottenEpoch });
    this.#strayEpochs.delete(name);
    this.#buriedAt.delete(name);
    if (spec.state === "removed") this.#bury(name);
    return true;
  }

  header(name: string): SpecHeader | undefined {
    const row = this.#rows.get(name);
    if (row === undefined) return undefined;
    const { revision, stamp, origin, state } = row.spec;
    return { name, revision, stamp, origin, state, bytes: row.bytes, epoch: row.epoch };
  }

  *headers(): Iterable<SpecHeader> {
    for (const name of this.#rows.keys()) yield this.header(name) as SpecHeader;
  }

  /** A number for each part of the specs; see {@link SpecDigest}. */
  digest(): number[] {
    return this.#digest.sums();
  }

  /** What is known here of the parts that differ from those of another node, the removed included: some of it, if that is much. */
  headersThatDiffer(theirs: readonly number[], countMax: number): SpecHeader[] {
    const parts = new Set(this.#digest.differences(theirs, this.#options.now()));
    if (parts.size === 0) return [];
    const byPart = new Map<number, string[]>(Array.from(parts, (part) => [part, []]));
    for (const name of this.#rows.keys()) byPart.get(digestPartOf(name))?.push(name);
    const told: string[] = [];
    for (const names of byPart.values())
      if (told.length === 0 || told.length + names.length <= countMax) for (const name of names) told.push(name);
    return told.map((name) => this.header(name) as SpecHeader);
  }

  #bury(name: string): void {
    const now = this.#options.now();
    this.#buriedAt.set(name, now);
    for (const [oldest, at] of this.#buriedAt) {
      if (this.#buriedAt.size <= tombstonesMax && now - at <= tombstoneMs) return;
      this.#buriedAt.delete(oldest);
      this.#forgottenEpoch = Math.max(this.#forgottenEpoch, this.epoch(oldest));
      this.#rows.delete(oldest);
    }
  }
}
