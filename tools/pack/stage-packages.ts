import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Manifest, publishedManifest } from "./published-manifest.ts";

const root = dirname(dirname(import.meta.dirname));

/** A package as it will be in its tarball. */
export interface StagedPackage {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Builds every package from its sources alone, in a folder of its own, and leaves there what its tarball holds: `dist`, manifest,
 * README and licence. So no tarball has leftovers of earlier builds, and nobody's `dist` changes meanwhile.
 *
 * @param folder is made anew.
 * @throws Error when the packages do not build; the compiler has said why.
 */
export async function stagePackages(folder: string): Promise<StagedPackage[]> {
  await rm(folder, { recursive: true, force: true });
  const names = await packageFolders();
  const manifests = new Map(await Promise.all(names.map(async (name) => [name, await manifestOf(name)] as const)));
  const versions = new Map([...manifests.values()].map(({ name, version }) => [name, version]));
  await mkdir(join(folder, "node_modules", "@foundation"), { recursive: true });
  await Promise.all(names.map((name) => copySources(name, folder)));
  await linkDependencies(folder, manifests);
  await cp(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
  await cp(join(root, "packages", "tsconfig.json"), join(folder, "packages", "tsconfig.json"));
  build(folder);
  return Promise.all(
    [...manifests].map(async ([name, manifest]) => {
      const staged = join(folder, "packages", name);
      const published = publishedManifest(manifest, versions);
      await keepPublished(staged);
      await writeFile(join(staged, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
      await cp(join(root, "LICENSE"), join(staged, "LICENSE"));
      return { name: manifest.name, folder: staged, manifest: published };
    }),
  );
}

async function packageFolders(): Promise<string[]> {
  const entries = await readdir(join(root, "packages"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"));
}

async function copySources(name: string, folder: string): Promise<void> {
  const from = join(root, "packages", name);
  const to = join(folder, "packages", name);
  const isSource = (file: string): boolean => !/\.(test|test-d)\.ts$/.test(file);
  await cp(join(from, "src"), join(to, "src"), { recursive: true, filter: isSource });
  for (const file of ["package.json", "tsconfig.json", "README.md"]) await cp(join(from, file), join(to, file));
}

/** What the packages need to be built: each other, as they stand in `folder`, and what is installed for them here. */
async function linkDependencies(folder: string, manifests: ReadonlyMap<string, Manifest>): Promise<void> {
  const wanted = new Map<string, string>();
  for (const [name, { dependencies, devDependencies }] of manifests) {
    for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
      wanted.set(dependency, join(root, "packages", name, "node_modules", dependency));
    }
  }
  wanted.set("@types/node", join(root, "node_modules", "@types", "node"));
  for (const [name, { name: packageName }] of manifests) wanted.set(packageName, join(folder, "packages", name));
  for (const [dependency, target] of wanted) {
    const link = join(folder, "node_modules", dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(target), link, "dir");
  }
}

function build(folder: string): void {
  const compiler = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(compiler, ["--build", join(folder, "packages", "tsconfig.json")], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the packages do not build: exit code ${status} of ${compiler}`);
}

async function keepPublished(staged: string): Promise<void> {
  for (const file of ["src", "tsconfig.json", join("dist", ".tsbuildinfo")]) {
    await rm(join(staged, file), { recursive: true });
  }
}
