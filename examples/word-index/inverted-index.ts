import { createHash } from "node:crypto";
import { WordCounter } from "./word-counter.ts";

/** Everything an index holds, in short: equal digests mean equal indexes. */
export interface IndexDigest {
  readonly files: number;
  /** Distinct words. */
  readonly words: number;
  /** Pairs of a word and a file that holds it. */
  readonly postings: number;
  /** Words in all texts. */
  readonly occurrences: number;
  /** Over every word, file and count, hexadecimal. */
  readonly sha256: string;
}

/** What is known of one word. */
interface WordEntry {
  readonly files: number;
  readonly occurrences: number;
}

/** The work of one step, in characters to count and in words to add. */
const charactersPerStep = 8_192;
const wordsPerStep = 1_000;
/** Words with one beginning are sorted together. */
const prefixLength = 2;

interface Postings {
  /** File ids and counts by turns: a flat array is a quarter of the size of one object per pair. */
  readonly pairs: number[];
  occurrences: number;
}

/** Which word occurs how often in which file. */
export class InvertedIndex {
  readonly #postings = new Map<string, Postings>();
  readonly #files = new Set<number>();
  #pairs = 0;
  #occurrences = 0;

  get files(): number {
    return this.#files.size;
  }

  get words(): number {
    return this.#postings.size;
  }

  lookup(word: string): WordEntry {
    const postings = this.#postings.get(word.toLowerCase());
    return postings === undefined
      ? { files: 0, occurrences: 0 }
      : { files: postings.pairs.length / 2, occurrences: postings.occurrences };
  }

  /** Adds a whole text at once. A file that is there already is left as it is. */
  addText(file: number, text: string): void {
    for (const _ of this.addInSteps(file, text));
  }

  /** Adds a text in steps of about a millisecond each: go on when others had their turn. */
  *addInSteps(file: number, text: string): Generator<void, void, void> {
    if (this.#files.has(file)) return;
    this.#files.add(file);
    const counter = new WordCounter(text);
    while (!counter.count(charactersPerStep)) yield;
    let added = 0;
    for (const [word, count] of counter.counts) {
      this.#add(file, word, count);
      if (++added % wordsPerStep === 0) yield;
    }
  }

  #add(file: number, word: string, count: number): void {
    let postings = this.#postings.get(word);
    if (postings === undefined) this.#postings.set(ownCopy(word), (postings = { pairs: [], occurrences: 0 }));
    postings.pairs.push(file, count);
    postings.occurrences += count;
    this.#occurrences += count;
    this.#pairs++;
  }

  /** @param rest lets others have a turn, so that a large index does not hold up its process. */
  async digest(rest: () => Promise<void>): Promise<IndexDigest> {
    const hash = createHash("sha256");
    let steps = 0;
    const byPrefix = new Map<string, string[]>();
    for (const word of this.#postings.keys()) {
      const prefix = word.slice(0, prefixLength);
      const words = byPrefix.get(prefix);
      if (words === undefined) byPrefix.set(prefix, [word]);
      else words.push(word);
      if (++steps % wordsPerStep === 0) await rest();
    }
    // Sorted piece by piece: millions of words at once would hold up the process for seconds.
    for (const prefix of [...byPrefix.keys()].sort()) {
      for (const word of (byPrefix.get(prefix) as string[]).sort()) {
        const { pairs } = this.#postings.get(word) as Postings;
        hash.update(`${word} ${inOrderOfFiles(pairs).join(" ")}\n`);
        if (++steps % wordsPerStep === 0) await rest();
      }
    }
    return {
      files: this.#files.size,
      words: this.#postings.size,
      postings: this.#pairs,
      occurrences: this.#occurrences,
      sha256: hash.digest("hex"),
    };
  }
}

/** A word cut out of a text may keep the whole text in memory; a copy does not. */
function ownCopy(word: string): string {
  return Buffer.from(word).toString();
}

/** Files arrive in any order; what they add up to must not depend on it. */
function inOrderOfFiles(pairs: readonly number[]): string[] {
  const ordered: { file: number; count: number }[] = [];
  for (let at = 0; at < pairs.length; at += 2)
    ordered.push({ file: pairs[at] as number, count: pairs[at + 1] as number });
  ordered.sort((a, b) => a.file - b.file);
  return ordered.map(({ file, count }) => `${file}:${count}`);
}
