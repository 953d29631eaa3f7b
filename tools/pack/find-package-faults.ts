import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { checkPackage, Package } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { Manifest } from "./published-manifest.ts";
import type { StagedPackage } from "./stage-packages.ts";
import { unnamedTypes } from "./unnamed-types.ts";

/** What `require` gets is an ES module, which every supported Node loads: docs/guides/your-own-project.md. */
const intended: ReadonlySet<string> = new Set(["CJSResolvesToESM"]);

/**
 * What is wrong with a package as it will be published: its manifest (`publint`), how its types are found by the ways TypeScript
 * resolves modules (`attw`), types without a name.
 *
 * @returns a line for each fault.
 */
export async function findPackageFaults(staged: StagedPackage): Promise<string[]> {
  const { messages } = await publint({ pkgDir: staged.folder, strict: true, pack: false });
  const manifest = messages.map((message) => formatMessage(message, staged.manifest, { color: false }) ?? message.code);
  // The facade stands alone in a program's dependencies, and so has a name for the types of all other packages too.
  const within = staged.name === "@foundation/runtime" ? dirname(staged.folder) : staged.folder;
  const index = join(staged.folder, "dist", "index.d.ts");
  const others = doorsOf(staged.manifest)
    .map((door) => join(staged.folder, door))
    .filter((door) => door !== index);
  const types = [index, ...others].flatMap((door) => unnamedTypes(door, within, door === index ? undefined : index));
  return [
    ...manifest.map((text) => `${staged.name}: ${text}`),
    ...(await resolutionFaults(staged)),
    ...types.map(
      (text) => `${staged.name}: ${text}: export it as a type from the src/index.ts of the package it is in`,
    ),
  ];
}

/** The declarations of all that can be imported. */
function doorsOf({ exports }: Manifest): string[] {
  return Object.values(exports).flatMap((target) => (typeof target === "object" ? (target?.types ?? []) : []));
}

async function resolutionFaults({ name, folder, manifest }: StagedPackage): Promise<string[]> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[`/node_modules/${name}/${relative(folder, path)}`] = await readFile(path);
  }
  const result = await checkPackage(new Package(files, name, manifest.version));
  if (!result.types) return [`${name}: has no types`];
  return result.problems
    .filter(({ kind }) => !intended.has(kind))
    .map((problem) => `${name}: ${JSON.stringify(problem)}`);
}
