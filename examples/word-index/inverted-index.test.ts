import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InvertedIndex } from "./inverted-index.ts";

function indexOf(...texts: readonly (readonly [file: number, text: string])[]): InvertedIndex {
  const index = new InvertedIndex();
  for (const [file, text] of texts) index.addText(file, text);
  return index;
}

const rest = (): Promise<void> => Promise.resolve();

describe("InvertedIndex", () => {
  it("says how often a word occurs, and in how many files", () => {
    const index = indexOf([0, "one two one"], [1, "One three"]);
    expect(index.lookup("ONE")).toEqual({ files: 2, occurrences: 3 });
    expect(index.lookup("four")).toEqual({ files: 0, occurrences: 0 });
    expect([index.files, index.words]).toEqual([2, 3]);
  });

  it("ignores a file that it has", () => {
    const index = indexOf([0, "one"], [0, "one"]);
    expect(index.lookup("one")).toEqual({ files: 1, occurrences: 1 });
  });

  it("has the same digest in whatever order files come", async () => {
    const one = await indexOf([0, "one two"], [1, "two"], [2, "two one"]).digest(rest);
    const other = await indexOf([2, "two one"], [0, "one two"], [1, "two"]).digest(rest);
    expect(other).toEqual(one);
    expect(one).toMatchObject({ files: 3, words: 2, postings: 5, occurrences: 5 });
  });

  it.each([
    ["a count", "one two two"],
    ["a word", "one twos"],
  ])("has another digest when %s differs", async (_what, text) => {
    const one = await indexOf([0, "one two"]).digest(rest);
    expect((await indexOf([0, text]).digest(rest)).sha256).not.toBe(one.sha256);
  });

  it("has a digest of all words in order, and rests while it gathers, sorts and reads them", async () => {
    const words = Array.from({ length: 5_000 }, (_, at) => ((at * 7_919) % 100_003).toString(36));
    let rests = 0;
    const { sha256 } = await indexOf([0, words.join(" ")]).digest(async () => void rests++);
    const lines = words.sort().map((word) => `${word} 0:1\n`);
    expect(sha256).toBe(createHash("sha256").update(lines.join("")).digest("hex"));
    expect(rests).toBe(10);
  });

  it("works a large text off in many steps", () => {
    const index = new InvertedIndex();
    const words = Array.from({ length: 5_000 }, (_, at) => `word${at}`);
    expect([...index.addInSteps(0, words.join(" "))].length).toBeGreaterThan(5);
    expect(index.words).toBe(5_000);
  });
});
