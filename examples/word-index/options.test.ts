import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseOptions, usableFolder } from "./options.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "options-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("parseOptions", () => {
  it("has a default for everything", () => {
    expect(parseOptions([])).toEqual({ folder: undefined, json: false, keep: false, help: false });
  });

  it("takes a folder and switches in any order", () => {
    expect(parseOptions(["--keep", "docs", "--json"])).toMatchObject({ folder: "docs", json: true, keep: true });
  });

  it.each([["--jsno"], ["-x"], ["--json=yes"]])("refuses %s and says what is allowed", (option) => {
    expect(() => parseOptions([option])).toThrow(
      expect.objectContaining({ code: "unknownOption", message: expect.stringContaining("allowed are --json") }),
    );
  });

  it("refuses a second folder", () => {
    expect(() => parseOptions(["a", "b"])).toThrow(expect.objectContaining({ code: "tooManyFolders" }));
  });
});

describe("usableFolder", () => {
  it("returns the absolute path of a folder", async () => {
    expect(await usableFolder(directory)).toBe(directory);
  });

  it("refuses what does not exist", async () => {
    await expect(usableFolder(join(directory, "absent"))).rejects.toMatchObject({ code: "folderNotFound" });
  });

  it("refuses a file", async () => {
    await writeFile(join(directory, "file"), "text");
    await expect(usableFolder(join(directory, "file"))).rejects.toMatchObject({ code: "notAFolder" });
  });

  it("refuses a folder that may not be read", async () => {
    const folder = join(directory, "closed", "inner");
    await mkdir(folder, { recursive: true });
    await chmod(join(directory, "closed"), 0o000);
    await expect(withoutPrivileges(() => usableFolder(folder))).rejects.toMatchObject({ code: "folderUnreadable" });
    await chmod(join(directory, "closed"), 0o700);
  });
});

/** The superuser may read everything, so it becomes somebody else while `run` looks at the folder, which it does at once. */
function withoutPrivileges<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
