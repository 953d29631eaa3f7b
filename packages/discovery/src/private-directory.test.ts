import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensurePrivateDirectory } from "./index.ts";

let parent: string;
let path: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "private-"));
  path = join(parent, "one", "two");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

describe("a private directory", () => {
  it("is made with mode 0700, with those above it, and says whether it was", async () => {
    expect(await ensurePrivateDirectory(path)).toBe(true);
    expect(await ensurePrivateDirectory(path)).toBe(false);
    for (const each of [path, join(path, "..")]) expect((await stat(each)).mode & 0o777).toBe(0o700);
  });

  it.each([0o750, 0o701, 0o702, 0o710, 0o770, 0o777])("[V13] is refused with mode %d", async (mode) => {
    await ensurePrivateDirectory(path);
    await chmod(path, mode);
    await expect(ensurePrivateDirectory(path)).rejects.toMatchObject({
      code: "insecureDirectory",
      message: expect.stringContaining(`${path} can be entered by other users (mode 0${mode.toString(8)})`),
    });
  });

  it("[V13] is refused when it is a link to one, a link to nothing, or a file", async () => {
    const [real, link, broken, file] = ["real", "link", "broken", "file"].map((name) => join(parent, name)) as [
      string,
      string,
      string,
      string,
    ];
    await mkdir(real, { mode: 0o700 });
    await symlink(real, link);
    await symlink(join(parent, "nothing"), broken);
    await writeFile(file, "", { mode: 0o600 });
    const insecure = { code: "insecureDirectory" };
    await expect(ensurePrivateDirectory(link)).rejects.toMatchObject({
      message: expect.stringMatching("is a symbolic link"),
      ...insecure,
    });
    await expect(ensurePrivateDirectory(broken)).rejects.toMatchObject({
      message: expect.stringMatching("is a symbolic link"),
      ...insecure,
    });
    await expect(ensurePrivateDirectory(file)).rejects.toMatchObject({
      message: expect.stringMatching("is no directory"),
      ...insecure,
    });
  });

  it("[Y6] names path and cause when it cannot be made", async () => {
    const file = join(parent, "file");
    await writeFile(file, "");
    await expect(ensurePrivateDirectory(join(file, "below"))).rejects.toMatchObject({
      code: "directoryUnusable",
      message: expect.stringMatching(/cannot look at .*file\/below: ENOTDIR/),
      cause: { code: "ENOTDIR" },
    });
  });
});
