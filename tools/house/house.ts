import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type SourceFile, sourceFileOf } from "./source-file.ts";

/** What the rules look at: every TypeScript file and every manifest of the repository. */
export interface House {
  /** By path, relative to the root. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** By folder in `packages/`. */
  readonly packages: ReadonlyMap<string, Package>;
  readonly root: Manifest;
  /** Paths of the folders that `packages/tsconfig.json` builds. */
  readonly built: readonly string[];
  /** Texts that are generated or compared as they stand. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders that its `tsconfig.json` refers to. */
  readonly references: readonly string[];
}

export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const patterns = [
  "{packages,test,examples,benchmarks,tools}/**/*.ts",
  "packages/*/{package,tsconfig}.json",
  "*.config.ts",
  "package.json",
  "packages/tsconfig.json",
  "tools/house/*.json",
];
const left = new Set(["node_modules", "dist", "coverage"]);

/** Reads the house from the disk. */
export function readHouse(root: string): House {
  const paths = globSync(patterns, { cwd: root, exclude: (name) => left.has(name.split("/").at(-1) ?? "") });
  return houseOf(new Map(paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")])));
}

/** @param texts of all files, by path. */
export function houseOf(texts: ReadonlyMap<string, string>): House {
  const sources = [...texts].filter(([path]) => path.endsWith(".ts"));
  return {
    files: new Map(sources.map(([path, text]) => [path, sourceFileOf(path, text)])),
    packages: new Map(packageFolders(texts).map((folder) => [folder, packageOf(folder, texts)])),
    root: manifestOf("package.json", texts),
    built: referencesOf("packages/tsconfig.json", texts),
    texts,
  };
}

function packageFolders(texts: ReadonlyMap<string, string>): string[] {
  const found = [...texts.keys()].map((path) => /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1]);
  return found.filter((folder) => folder !== undefined);
}

function packageOf(folder: string, texts: ReadonlyMap<string, string>): Package {
  return {
    folder,
    manifest: manifestOf(`packages/${folder}/package.json`, texts),
    references: referencesOf(`packages/${folder}/tsconfig.json`, texts),
  };
}

function manifestOf(path: string, texts: ReadonlyMap<string, string>): Manifest {
  return JSON.parse(texts.get(path) ?? "{}");
}

function referencesOf(path: string, texts: ReadonlyMap<string, string>): string[] {
  const { references = [] }: { references?: { path: string }[] } = JSON.parse(texts.get(path) ?? "{}");
  return references.map((each) => each.path.slice(each.path.lastIndexOf("/") + 1));
}

/** @returns the folder in `packages/` that a file belongs to. */
export function packageFolderOf(path: string): string | undefined {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1];
}

/** Whether a file is only there for tests; such files are not published. */
export function isTest(path: string): boolean {
  return /\.test(?:-d)?\.ts$|^packages\/[^/]+\/src\/testing\//.test(path);
}

/** The files that are published. */
export function publishedFiles(house: House): SourceFile[] {
  return [...house.files.values()].filter(({ path }) => packageFolderOf(path) !== undefined && !isTest(path));
}
