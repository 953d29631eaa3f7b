import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CorpusReader, writeCorpus } from "./corpus.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "corpus-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it("gives back each text as it was", async () => {
  const texts = ["one", "zwei größer", "три"];
  const files = texts.map((text, at) => ({ path: `${at}.md`, bytes: Buffer.from(text) }));
  const entries = await writeCorpus(join(directory, "corpus"), files);
  await using corpus = await CorpusReader.open(join(directory, "corpus"));
  expect(await Promise.all(entries.map((entry) => corpus.text(entry)))).toEqual(texts);
});

it("says so when the corpus is shorter than it should be", async () => {
  const [entry] = await writeCorpus(join(directory, "corpus"), [{ path: "a", bytes: Buffer.from("one") }]);
  await using corpus = await CorpusReader.open(join(directory, "corpus"));
  await expect(corpus.text({ offset: entry?.offset ?? 0, bytes: 10 })).rejects.toThrow("7 bytes early");
});
