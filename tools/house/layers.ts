import { posix } from "node:path";
import { type House, isTest, packageFolderOf } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { packageNameOf } from "./import-graph.ts";

/**
 * Imports go down, through doors: a package imports only those of its row in the table, by name. Tests may also use what is in
 * `src/testing` of those.
 */
export function layerFaults(house: House, table: HouseTable): string[] {
  const rows = Object.keys(table.packages);
  const folders = new Set([
    ...house.packages.keys(),
    ...[...house.files.keys()].flatMap((path) => packageFolderOf(path) ?? []),
  ]);
  const unknown = [...folders].filter((folder) => !rows.includes(folder));
  const gone = rows.filter((folder) => !folders.has(folder));
  return [
    ...unknown.map((folder) => `packages/${folder} has no row in tools/house/table.ts: say there what it may import`),
    ...gone.map((folder) => `tools/house/table.ts has a row for packages/${folder}, which is not there`),
    ...rows.flatMap((folder, index) => rowFaults(folder, rows.slice(0, index), table)),
    ...[...house.files.values()].flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier }) => importFault(path, specifier, house, table) ?? []),
    ),
  ];
}

function rowFaults(folder: string, above: readonly string[], table: HouseTable): string[] {
  const upward = table.packages[folder]?.mayImport.filter((each) => !above.includes(each)) ?? [];
  return upward.map((each) => `tools/house/table.ts: ${folder} may import ${each}, whose row does not stand above it`);
}

function importFault(path: string, specifier: string, house: House, table: HouseTable): string | undefined {
  const folder = packageFolderOf(path);
  if (folder === undefined) return undefined;
  const mayImport = table.packages[folder]?.mayImport ?? [];
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    const [, owner, inside] = /^packages\/([^/]+)\/src\/(.*)$/.exec(target) ?? [];
    const isSupport = isTest(path) && inside?.startsWith("testing/") && mayImport.includes(owner ?? "");
    if (owner === folder || isSupport) return undefined;
    return `${path} imports ${specifier}, which is outside of its package: import the package by name`;
  }
  const name = packageNameOf(specifier);
  const imported = [...house.packages.values()].find(({ manifest }) => manifest.name === name)?.folder;
  if (imported === undefined || mayImport.includes(imported)) return undefined;
  return `${path} imports ${specifier}: ${folder} may not import ${imported} (tools/house/table.ts, docs/adr/0001)`;
}
