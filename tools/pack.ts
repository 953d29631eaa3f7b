// Makes a tarball of every package: npm run pack -- [FOLDER]. Without FOLDER they go to tarballs/.
// They install together: npm install FOLDER/*.tgz
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { stagePackages } from "./pack/stage-packages.ts";

const folder = resolve(process.argv[2] ?? join(dirname(import.meta.dirname), "tarballs"));
const staging = await mkdtemp(join(tmpdir(), "foundation-pack-"));
try {
  const packages = await stagePackages(staging);
  await mkdir(folder, { recursive: true });
  const args = ["pack", "--silent", "--pack-destination", folder, ...packages.map((each) => each.folder)];
  const { status } = spawnSync("npm", args, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`npm pack ended with exit code ${status}`);
  console.log(`\nInstall them in a project with: npm install ${join(folder, "*.tgz")}`);
} finally {
  await rm(staging, { recursive: true, force: true });
}
