import { type House, isTest, type Package, packageFolderOf } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { packageNameOf } from "./import-graph.ts";
import type { SourceFile } from "./source-file.ts";

/** Manifests list what is imported, no more and no less; so do the compiler's references between packages. */
export function dependencyFaults(house: House, table: HouseTable): string[] {
  const packages = [...house.packages.values()];
  return [
    ...packages.flatMap((each) => packageFaults(each, house)),
    ...packages.flatMap((each) => referenceFaults(each, house, table)),
    ...rootFaults(house, table),
  ];
}

function packageFaults({ folder, manifest }: Package, house: House): string[] {
  const own = filesOf(folder, house);
  const published = importedBy(own.filter(({ path }) => !isTest(path)));
  const tested = importedBy(own.filter(({ path }) => isTest(path)));
  const { dependencies = {}, devDependencies = {} } = manifest;
  const installed = new Set([
    ...keysOf(dependencies),
    ...keysOf(devDependencies),
    ...keysOf(house.root.devDependencies),
  ]);
  return [
    ...compared(`packages/${folder}/package.json: dependencies`, keysOf(dependencies), published),
    ...missing(`packages/${folder}/package.json: devDependencies`, installed, tested),
    ...unused(
      `packages/${folder}/package.json: devDependencies`,
      keysOf(devDependencies),
      withTypes(published, tested),
    ),
  ];
}

/** The compiler also needs references to what the imported packages import. */
function referenceFaults({ folder, references }: Package, house: House, table: HouseTable): string[] {
  const where = `packages/${folder}/tsconfig.json: references`;
  const imported = importedBy(filesOf(folder, house).filter(({ path }) => !isTest(path)));
  const listed = new Set(references);
  return [
    ...missing(where, listed, foldersOf(imported, house)),
    ...unused(where, listed, new Set(table.packages[folder]?.mayImport)),
  ];
}

function filesOf(folder: string, house: House): SourceFile[] {
  return [...house.files.values()].filter(({ path }) => packageFolderOf(path) === folder);
}

function rootFaults(house: House, table: HouseTable): string[] {
  const outside = [...house.files.values()].filter(({ path }) => packageFolderOf(path) === undefined);
  const tests = [...house.files.values()].filter(({ path }) => packageFolderOf(path) !== undefined && isTest(path));
  const workspace = new Set([...house.packages.values()].map(({ manifest }) => manifest.name));
  const needed = new Set([...importedBy(outside), ...workspace, ...keysOf(table.commands)]);
  const imported = importedBy([...outside, ...tests]);
  const listed = keysOf(house.root.devDependencies);
  const idle = [...keysOf(table.commands)].filter((name) => imported.has(name));
  return [
    ...missing("package.json: devDependencies", listed, needed),
    ...unused("package.json: devDependencies", listed, new Set([...needed, ...withTypes(imported)])),
    ...idle.map((name) => `tools/house/table.ts: ${name} is imported, it does not belong to commands`),
    ...compared("packages/tsconfig.json: references", new Set(house.built), new Set(house.packages.keys())),
  ];
}

function importedBy(files: readonly SourceFile[]): Set<string> {
  const names = files.flatMap(({ imports }) => imports.flatMap(({ specifier }) => packageNameOf(specifier) ?? []));
  return new Set(names);
}

function withTypes(...imported: readonly ReadonlySet<string>[]): Set<string> {
  const names = imported.flatMap((each) => [...each]);
  return new Set([...names, ...names.map((name) => `@types/${name}`)]);
}

function foldersOf(names: ReadonlySet<string>, house: House): Set<string> {
  const found = [...house.packages.values()].filter(({ manifest }) => names.has(manifest.name));
  return new Set(found.map(({ folder }) => folder));
}

function keysOf(value: Readonly<Record<string, string>> = {}): Set<string> {
  return new Set(Object.keys(value));
}

function compared(where: string, listed: ReadonlySet<string>, wanted: ReadonlySet<string>): string[] {
  return [...missing(where, listed, wanted), ...unused(where, listed, wanted)];
}

function missing(where: string, listed: ReadonlySet<string>, wanted: ReadonlySet<string>): string[] {
  return [...wanted].filter((name) => !listed.has(name)).map((name) => `${where} lack ${name}, which is imported`);
}

function unused(where: string, listed: ReadonlySet<string>, wanted: ReadonlySet<string>): string[] {
  return [...listed].filter((name) => !wanted.has(name)).map((name) => `${where} have ${name}, which nothing imports`);
}
