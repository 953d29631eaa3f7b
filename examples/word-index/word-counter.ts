/** Longer words are cut, in characters. */
const wordCharactersMax = 64;

/** By code unit: whether it belongs to words. Halves of surrogate pairs do not. */
const isWordUnit: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, unit) =>
  /[\p{L}\p{N}_]/u.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** Counts the words of one text, piece by piece, in lower case. */
export class WordCounter {
  readonly counts = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Goes on for `characters`, and to the end of the word there.
   *
   * @returns whether the text is done.
   */
  count(characters: number): boolean {
    const text = this.#text;
    const end = Math.min(this.#at + characters, text.length);
    let at = this.#at;
    while (at < end) {
      while (at < text.length && isWordUnit[text.charCodeAt(at)] === 0) at++;
      const start = at;
      while (isWordUnit[text.charCodeAt(at)] === 1) at++;
      if (at > start) this.#add(text.slice(start, Math.min(at, start + wordCharactersMax)));
    }
    this.#at = at;
    return at >= text.length;
  }

  #add(found: string): void {
    const word = found.toLowerCase();
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }
}
