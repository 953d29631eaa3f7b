import type { CorpusEntry } from "./corpus.ts";

/** Texts that go to the index in one message. */
export interface Batch {
  readonly id: number;
  readonly entries: readonly CorpusEntry[];
}

/** A message holds texts of so many bytes, or a single larger one. */
const batchBytes = 256 * 1024;
/** However small they are, so many texts make a message. */
const batchFilesMax = 500;

/**
 * Which texts the index has, and which it still lacks.
 *
 * What counts is what the newest start of the index acknowledged: a higher epoch begins with nothing.
 */
export class FeedQueue {
  readonly files: number;
  readonly bytes: number;
  readonly #batches: readonly Batch[];
  readonly #feeders = new Map<number, string>();
  #lacking: Set<number>;
  #fedFiles = 0;
  #fedBytes = 0;
  #epoch = 0;

  constructor(entries: readonly CorpusEntry[]) {
    this.#batches = batchesOf(entries);
    this.#lacking = new Set(this.#batches.keys());
    this.files = entries.length;
    this.bytes = bytesOf(entries);
  }

  /** The newest start of the index that is known. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What the newest start of the index has acknowledged. */
  get fed(): { readonly files: number; readonly bytes: number } {
    return { files: this.#fedFiles, bytes: this.#fedBytes };
  }

  get isComplete(): boolean {
    return this.#lacking.size === 0;
  }

  /** The next batch for this feeder, unless all are fed or on their way. */
  next(feeder: string): Batch | undefined {
    for (const id of this.#lacking) {
      if (this.#feeders.has(id)) continue;
      this.#feeders.set(id, feeder);
      return this.#batches[id];
    }
    return undefined;
  }

  /** How many batches this feeder has on their way. */
  onTheirWay(feeder: string): number {
    return [...this.#feeders.values()].filter((each) => each === feeder).length;
  }

  /** The index runs as this epoch. @returns whether that is a new one, which lacks everything. */
  indexIs(epoch: number): boolean {
    if (epoch <= this.#epoch) return false;
    this.#epoch = epoch;
    this.#lacking = new Set(this.#batches.keys());
    this.#fedFiles = this.#fedBytes = 0;
    return true;
  }

  /** @returns the bytes that the newest start of the index has more than before. */
  acknowledged(id: number, epoch: number): number {
    this.#feeders.delete(id);
    this.indexIs(epoch);
    const batch = this.#batches[id];
    if (batch === undefined || epoch !== this.#epoch || !this.#lacking.delete(id)) return 0;
    const bytes = bytesOf(batch.entries);
    this.#fedFiles += batch.entries.length;
    this.#fedBytes += bytes;
    return bytes;
  }

  /** It is not known whether the index has this batch; it will be fed again. */
  failed(id: number): void {
    this.#feeders.delete(id);
  }

  /** What this feeder had on its way will be fed by others. */
  feederGone(feeder: string): void {
    for (const [id, each] of this.#feeders) if (each === feeder) this.#feeders.delete(id);
  }
}

function batchesOf(entries: readonly CorpusEntry[]): Batch[] {
  const batches: Batch[] = [];
  let current: CorpusEntry[] = [];
  for (const entry of entries) {
    const isFull = current.length === batchFilesMax || bytesOf(current) + entry.bytes > batchBytes;
    if (current.length > 0 && isFull) {
      batches.push({ id: batches.length, entries: current });
      current = [];
    }
    current.push(entry);
  }
  if (current.length > 0) batches.push({ id: batches.length, entries: current });
  return batches;
}

function bytesOf(entries: readonly CorpusEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
