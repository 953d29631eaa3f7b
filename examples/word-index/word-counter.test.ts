import { describe, expect, it } from "vitest";
import { WordCounter } from "./word-counter.ts";

function counts(text: string, characters = text.length): Record<string, number> {
  const counter = new WordCounter(text);
  while (!counter.count(characters));
  return Object.fromEntries(counter.counts);
}

describe("WordCounter", () => {
  it("counts words of letters, digits and underscores, in lower case", () => {
    expect(counts("The cat; the_cat, THE cat2!")).toEqual({ the: 2, cat: 1, the_cat: 1, cat2: 1 });
  });

  it("knows the letters of all scripts", () => {
    expect(counts("Größe größe три 三")).toEqual({ größe: 2, три: 1, 三: 1 });
  });

  it("counts the same in pieces of any size", () => {
    const text = "one two  three, one-two-three (one) ".repeat(20);
    for (const characters of [1, 2, 3, 7, 64]) expect(counts(text, characters)).toEqual(counts(text));
  });

  it("cuts very long words", () => {
    expect(counts("a".repeat(1_000))).toEqual({ ["a".repeat(64)]: 1 });
  });

  it("finds nothing in an empty text", () => {
    expect(counts("", 1)).toEqual({});
  });
});
