/** Lines of words, as they fit beside each other. */
interface WrapOptions {
  /** Columns that a line has. */
  readonly columns: number;
  /** What stands between two words. */
  readonly space: string;
}

/** Characters that take two columns: those of East Asia, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;
/** What takes none: marks on the character before, and colours. */
const narrow = new RegExp(`\\p{M}|${String.fromCharCode(27)}\\[\\d+m`, "gu");

/** Columns that `text` takes on a terminal, if it is one that follows Unicode's widths (UAX 11). */
export function widthOf(text: string): number {
  const seen = text.replace(narrow, "");
  // Two units may be one character, which is two columns wide most often.
  return seen.length + (seen.match(wide) ?? []).filter((character) => character.length === 1).length;
}

/**
 * Breaks between `words`, and within one only where it has spaces and is wider than a line: what is copied from the terminal stays whole.
 * What is wider all the same ends its line, so that the terminal, which breaks it, never has a line begin with more than its rest.
 */
export function wrapWords(words: readonly string[], { columns, space }: WrapOptions): string[] {
  const lines: string[] = [];
  let line = "";
  let width = 0;
  const add = (piece: string, gap: string): void => {
    const pieceWidth = widthOf(piece);
    if (line !== "" && width + gap.length + pieceWidth > columns) {
      lines.push(line);
      line = piece;
      width = pieceWidth;
    } else {
      width += (line === "" ? 0 : gap.length) + pieceWidth;
      line += (line === "" ? "" : gap) + piece;
    }
  };
  for (const word of words) {
    if (widthOf(word) <= columns) add(word, space);
    else for (const [at, piece] of word.split(/(?<=\p{Zs})(?=\P{Zs})/u).entries()) add(piece, at === 0 ? space : "");
  }
  return [...lines, line];
}
