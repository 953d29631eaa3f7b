import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileBytesMax, readTexts, rootOf } from "./text-source.ts";

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

  it("leaves out empty, binary and very large files, and counts them", async () => {
    await writeFile(join(folder, "a.md"), "one");
    await writeFile(join(folder, "binary"), Uint8Array.of(65, 0, 66));
    await writeFile(join(folder, "empty"), "");
    await writeFile(join(folder, "large"), "");
    await truncate(join(folder, "large"), fileBytesMax + 1);
    const { files, leftOut } = await readTexts([rootOf(folder)]);
    expect([files.length, leftOut]).toEqual([1, 3]);
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
