import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writePrivateFile } from "./private-file.ts";

it("is written by file handles that lack some methods, as those of Yarn's Plug'n'Play do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "private-file-"));
  const probe = await open(folder);
  const handles = Object.getPrototypeOf(probe);
  await probe.close();
  const lacking = ["sync", "datasync", "utimes", "readv"];
  const before = lacking.map((name) => [name, handles[name]] as const);
  onTestFinished(async () => {
    for (const [name, method] of before) handles[name] = method;
    await rm(folder, { recursive: true });
  });
  for (const name of lacking) {
    handles[name] = () => {
      throw new Error("Method not implemented.");
    };
  }
  const path = join(folder, "file");
  await writePrivateFile(path, "text", { draft: join(folder, "draft") });
  expect(await readFile(path, "utf8")).toBe("text");
});
