import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeLeftOut, pieceBytesMax, readTexts, rootOf, totalBytesMax } from "./text-source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "texts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function names(extensions?: readonly string[]): Promise<string[]> {
  const root = { ...rootOf(folder), ...(extensions === undefined ? {} : { extensions }) };
  const { files } = await readTexts([root]);
  return files.map(({ path }) => path.slice(path.indexOf("/") + 1));
}

describe("readTexts", () => {
  it("finds texts in nested folders, in the order of their paths", async () => {
    await mkdir(join(folder, "b"));
    await writeFile(join(folder, "b", "two.md"), "two");
    await writeFile(join(folder, "a.md"), "one");
    expect(await names()).toEqual(["a.md", "b/two.md"]);
  });

  it("follows no symbolic links, so a loop of them does no harm", async () => {
    await writeFile(join(folder, "a.md"), "one");
    await symlink(folder, join(folder, "loop"));
    await symlink(join(folder, "a.md"), join(folder, "b.md"));
    expect(await names()).toEqual(["a.md"]);
  });

  it("reads a folder that is itself reached through a symbolic link", async () => {
    await mkdir(join(folder, "real"));
    await writeFile(join(folder, "real", "a.md"), "one");
    await symlink(join(folder, "real"), join(folder, "link"));
    expect((await readTexts([rootOf(join(folder, "link"))])).files).toHaveLength(1);
  });

  it("[Z9] leaves out empty and binary files, counts them by reason and names the first", async () => {
    await writeFile(join(folder, "a.md"), "one");
    await writeFile(join(folder, "binary"), Uint8Array.of(65, 0, 66));
    await writeFile(join(folder, "binary-2"), Uint8Array.of(0));
    await writeFile(join(folder, "empty"), "");
    const texts = await readTexts([rootOf(folder)]);
    expect(texts.files.length).toBe(1);
    expect(describeLeftOut(texts)).toBe(
      `2 binary, such as ${basename(folder)}/binary; ${basename(folder)}/empty (empty)`,
    );
  });

  it("[Z9] reads a large file in pieces that tear no word", async () => {
    const words = Array.from({ length: 900_000 }, (_, at) => `größe${at}`).join(" ");
    await writeFile(join(folder, "large.txt"), words);
    const { files, leftOut } = await readTexts([rootOf(folder)]);
    expect(files.map(({ path }) => path)).toEqual([1, 2, 3].map((at) => `${basename(folder)}/large.txt:${at}`));
    expect(files.every(({ bytes }) => bytes.byteLength <= pieceBytesMax)).toBe(true);
    const texts = files.map(({ bytes }) => Buffer.from(bytes).toString("utf8"));
    expect(texts.join("")).toBe(words);
    expect(texts.slice(0, -1).filter((text) => !text.endsWith(" "))).toEqual([]);
    expect(leftOut.size).toBe(0);
  });

  it("[Z9] feeds the beginning of a file beyond the limit, and tells it from those that were left out whole", async () => {
    await writeFile(join(folder, "huge.txt"), "word ".repeat(1_000));
    for (const name of ["later.txt", "latest.txt"]) await writeFile(join(folder, name), "left out");
    const half = Buffer.alloc(totalBytesMax / 2, "text ");
    for (let at = 0; at < 3; at++) await appendFile(join(folder, "huge.txt"), half);
    const texts = await readTexts([rootOf(folder)]);
    expect(texts.files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)).toBe(totalBytesMax);
    expect(describeLeftOut(texts)).toBe(
      `${basename(folder)}/huge.txt (read in part, up to 64 MiB in all); ` +
        `2 beyond 64 MiB in all, such as ${basename(folder)}/later.txt`,
    );
  });

  it("leaves out folders that hold no texts of their own", async () => {
    for (const name of [".git", "node_modules"]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "a.md"), "one");
    }
    expect(await names()).toEqual([]);
  });

  it("keeps to the extensions of its root", async () => {
    for (const name of ["a.md", "b.js", "c.ts"]) await writeFile(join(folder, name), "one");
    expect(await names([".md", ".ts"])).toEqual(["a.md", "c.ts"]);
  });
});
