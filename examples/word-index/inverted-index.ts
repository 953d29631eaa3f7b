import { createHash } from "node:crypto";

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
export interface WordEntry {
  readonly files: number;
  readonly occurrences: number;
}

/** Longer words are cut, in characters. */
const wordCharactersMax = 64;
/** How many words the digest covers before others get a turn. */
const wordsPerTurn = 2_000;

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

  has(file: number): boolean {
    return this.#files.has(file);
  }

  lookup(word: string): WordEntry {
    const postings = this.#postings.get(word.toLowerCase());
    return postings === undefined
      ? { files: 0, occurrences: 0 }
      : { files: postings.pairs.length / 2, occurrences: postings.occurrences };
  }

  /** Adds a whole text at once. A file that is there already is left as it is. */
  addText(file: number, text: string): void {
    const counter = new WordCounter(text);
    while (!counter.count(text.length));
    this.add(file, counter.counts);
  }

  /** Adds the words of one file. A file that is there already is left as it is. */
  add(file: number, counts: ReadonlyMap<string, number>): void {
    if (this.#files.has(file)) return;
    this.#files.add(file);
    for (const [word, count] of counts) {
      let postings = this.#postings.get(word);
      if (postings === undefined) this.#postings.set(word, (postings = { pairs: [], occurrences: 0 }));
      postings.pairs.push(file, count);
      postings.occurrences += count;
      this.#occurrences += count;
      this.#pairs++;
    }
  }

  /** @param rest lets others have a turn, so that a large index does not hold up its process. */
  async digest(rest: () => Promise<void>): Promise<IndexDigest> {
    const hash = createHash("sha256");
    const words = [...this.#postings.keys()].sort();
    for (const [at, word] of words.entries()) {
      if (at % wordsPerTurn === wordsPerTurn - 1) await rest();
      const { pairs } = this.#postings.get(word) as Postings;
      hash.update(`${word} ${inOrderOfFiles(pairs).join(" ")}\n`);
    }
    return {
      files: this.#files.size,
      words: words.length,
      postings: this.#pairs,
      occurrences: this.#occurrences,
      sha256: hash.digest("hex"),
    };
  }
}

/** Files arrive in any order; what they add up to must not depend on it. */
function inOrderOfFiles(pairs: readonly number[]): string[] {
  const ordered: { file: number; count: number }[] = [];
  for (let at = 0; at < pairs.length; at += 2)
    ordered.push({ file: pairs[at] as number, count: pairs[at + 1] as number });
  ordered.sort((a, b) => a.file - b.file);
  return ordered.map(({ file, count }) => `${file}:${count}`);
}

/** Counts the words of one text, piece by piece. */
export class WordCounter {
  readonly counts = new Map<string, number>();
  readonly #text: string;
  readonly #word = /[\p{L}\p{N}_]+/gu;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes on for about `characters`. @returns whether the text is done. */
  count(characters: number): boolean {
    const end = this.#word.lastIndex + characters;
    while (this.#word.lastIndex < end) {
      const match = this.#word.exec(this.#text);
      if (match === null) return true;
      const word = match[0].slice(0, wordCharactersMax).toLowerCase();
      this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
    }
    return false;
  }
}
