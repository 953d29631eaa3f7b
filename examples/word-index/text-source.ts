import type { Dirent } from "node:fs";
import { opendir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";

/** Where texts are looked for. */
export interface TextRoot {
  readonly folder: string;
  /** Folders of these names are left out. */
  readonly without: readonly string[];
  /** Only files with these extensions; undefined: every file that is text. */
  readonly extensions?: readonly string[];
}

/** One text. */
export interface TextFile {
  /** Path relative to its root's parent, for people. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Larger files are left out. Bytes. */
export const fileBytesMax = 4 * 1024 * 1024;
/** No further files are read once so much has been. Bytes. */
export const totalBytesMax = 64 * 1024 * 1024;
/** No further files are looked at. */
const filesMax = 50_000;
/** A NUL byte among the first so many means that a file is no text. */
const probeBytes = 8_192;

const documentation = [".md", ".txt", ".ts", ".mts", ".cts"] as const;
const repository = dirname(dirname(import.meta.dirname));

/** The repository's own text, and what its installed packages say about themselves. */
export const defaultRoots: readonly TextRoot[] = [
  { folder: repository, without: [".git", "node_modules", "dist", "coverage"] },
  { folder: join(repository, "node_modules"), without: [".git"], extensions: documentation },
];

/** The text files of one folder. */
export function rootOf(folder: string): TextRoot {
  return { folder, without: [".git", "node_modules"] };
}

/** What {@link readTexts} found. */
export interface Texts {
  readonly files: readonly TextFile[];
  /** Files that were left out: binary, too large, unreadable, or past the limits. */
  readonly leftOut: number;
}

/** Reads all texts below `roots`, in the order of their paths. Follows no symbolic links. */
export async function readTexts(roots: readonly TextRoot[]): Promise<Texts> {
  const files: TextFile[] = [];
  let [leftOut, total] = [0, 0];
  for (const root of roots) {
    const folder = await realpath(root.folder);
    for (const path of await pathsBelow({ ...root, folder })) {
      const bytes = files.length < filesMax ? await readText(path, totalBytesMax - total) : undefined;
      if (bytes === undefined) {
        leftOut++;
        continue;
      }
      total += bytes.byteLength;
      files.push({ path: relative(dirname(folder), path), bytes });
    }
  }
  return { files, leftOut };
}

async function pathsBelow({ folder, without, extensions }: TextRoot): Promise<string[]> {
  const paths: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && paths.length < filesMax; next = folders.pop()) {
    for (const entry of await entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) {
        if (!without.includes(entry.name)) folders.push(path);
      } else if (entry.isFile() && (extensions?.includes(extname(entry.name)) ?? true)) paths.push(path);
    }
  }
  return paths.sort();
}

/** A folder that disappears or may not be read holds nothing for us. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries: Dirent[] = [];
    for await (const entry of await opendir(folder)) entries.push(entry);
    return entries;
  } catch {
    return [];
  }
}

async function readText(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size === 0 || size > Math.min(fileBytesMax, bytesMax)) return undefined;
    const bytes = await readFile(path);
    return bytes.subarray(0, probeBytes).includes(0) ? undefined : bytes;
  } catch {
    return undefined;
  }
}
