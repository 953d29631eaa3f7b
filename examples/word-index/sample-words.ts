import type { TextFile } from "./text-source.ts";

const wordsMax = 500;
/** A word from the beginning of every so many files is enough variety. */
const filesMax = 2_000;
const beginningBytes = 2_048;

/** Picks words that occur in the texts, to ask the index for. There is always at least one. */
export function sampleWords(files: readonly TextFile[]): string[] {
  const words = new Set<string>(["the"]);
  for (const { bytes } of files.slice(0, filesMax)) {
    const found =
      Buffer.from(bytes.subarray(0, beginningBytes))
        .toString("utf8")
        .match(/\p{L}{3,20}/gu) ?? [];
    for (const word of found.slice(0, 10)) if (words.size < wordsMax) words.add(word.toLowerCase());
  }
  return [...words];
}
