import { Foundation, type Node } from "@foundation/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvertedIndex } from "./inverted-index.ts";
import { backlogMax, WordIndex } from "./word-index.ts";

let node: Node;
beforeEach(async () => {
  node = await Foundation.start({ cluster: "none", secret: "only for this test", simulateRemote: true });
});
afterEach(() => node.stop());

const texts = Array.from({ length: 20 }, (_, file) => ({ file, text: `shared word${file} `.repeat(2_000) }));

describe("WordIndex", () => {
  it("accepts texts at once and indexes them soon", async () => {
    const index = node.spawn(WordIndex);
    const accepted = await index.ask.add(texts);
    expect(accepted?.backlog).toBeGreaterThan(0);
    await expect.poll(async () => (await index.ask.progress()).backlog).toBe(0);
    expect(await index.ask.progress()).toMatchObject({ files: 20, words: 21 });
    expect(await index.ask.lookup("shared")).toMatchObject({ files: 20, occurrences: 40_000 });
  });

  it("answers questions while texts wait", async () => {
    const index = node.spawn(WordIndex);
    await index.ask.add(texts);
    const { files } = await index.ask.lookup("shared");
    expect(files).toBeLessThan(20);
  });

  it("ends up as an index computed directly, with texts sent twice and in another order", async () => {
    const index = node.spawn(WordIndex);
    await index.ask.add(texts.slice(10));
    await index.ask.add(texts);
    await expect.poll(async () => (await index.ask.progress()).backlog).toBe(0);
    const direct = new InvertedIndex();
    for (const { file, text } of texts) direct.addText(file, text);
    expect(await index.ask.digest()).toEqual(await direct.digest(async () => {}));
  });

  it("accepts nothing when too much waits", async () => {
    const index = node.spawn(WordIndex);
    await index.ask.add([{ file: 0, text: "x".repeat(backlogMax + 1) }]);
    expect(await index.ask.add([{ file: 1, text: "one" }])).toBeUndefined();
  });
});
