import type { Dirent } from "node:fs";
import { constants, open, opendir, realpath } from "node:fs/promises";
import { dirname, extname, join, relative } from "node:path";

/** Where texts are looked for. */
interface TextRoot {
  readonly folder: string;
  /** Folders of these names are left out. */
  readonly without: readonly string[];
  /** Only files with these extensions; undefined: every file that is text. */
  readonly extensions?: readonly string[];
}

/** One text: a file, or a piece of a large one. */
export interface TextFile {
  /** Path relative to its root's parent, for people; behind it the number of the piece, if there are several. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A larger file becomes several texts, each of at most so many bytes. */
export const pieceBytesMax = 4 * 1024 * 1024;
/** No further texts are read once so much has been. Bytes. */
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

/** Why a file was left out. The last one is of the file of which only the beginning was read. */
type LeftOutReason = "empty" | "binary" | "unreadable" | "beyond 64 MiB in all" | "read in part, up to 64 MiB in all";

/** What {@link readTexts} found. */
interface Texts {
  readonly files: readonly TextFile[];
  /** What was left out, by reason: how many files, and the path of the first. */
  readonly leftOut: ReadonlyMap<LeftOutReason, { readonly count: number; readonly first: string }>;
}

/** Reads all texts below `roots`, in the order of their paths. Follows no symbolic links. */
export async function readTexts(roots: readonly TextRoot[]): Promise<Texts> {
  const files: TextFile[] = [];
  const leftOut = new Map<LeftOutReason, { count: number; first: string }>();
  let total = 0;
  for (const root of roots) {
    const folder = await realpath(root.folder);
    for (const path of await pathsBelow({ ...root, folder })) {
      const name = relative(dirname(folder), path);
      const { pieces, reason } = await readPieces(path, totalBytesMax - total);
      for (const [at, bytes] of pieces.entries()) {
        total += bytes.byteLength;
        files.push({ path: pieces.length === 1 ? name : `${name}:${at + 1}`, bytes });
      }
      if (reason === undefined) continue;
      const known = leftOut.get(reason);
      leftOut.set(reason, { count: (known?.count ?? 0) + 1, first: known?.first ?? name });
    }
  }
  return { files, leftOut };
}

/** For people; undefined: nothing was left out. */
export function describeLeftOut({ leftOut }: Texts): string | undefined {
  if (leftOut.size === 0) return undefined;
  return [...leftOut]
    .map(([reason, { count, first }]) =>
      count === 1 ? `${first} (${reason})` : `${count} ${reason}, such as ${first}`,
    )
    .join("; ");
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

/** The texts of one file, of at most `bytesMax` bytes together, and why there is not more. */
async function readPieces(
  path: string,
  bytesMax: number,
): Promise<{ readonly pieces: readonly Uint8Array[]; readonly reason?: LeftOutReason }> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = await file.stat();
    if (size === 0) return { pieces: [], reason: "empty" };
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, 0);
    if (bytes.subarray(0, probeBytes).includes(0)) return { pieces: [], reason: "binary" };
    const pieces = piecesOf(bytes.subarray(0, bytesRead));
    if (size <= bytesMax) return { pieces };
    return { pieces, reason: pieces.length === 0 ? "beyond 64 MiB in all" : "read in part, up to 64 MiB in all" };
  } catch {
    return { pieces: [], reason: "unreadable" };
  }
}

/** Cuts behind white space where there is any, so that no word is torn. */
function piecesOf(bytes: Buffer): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const rest = bytes.subarray(at, at + pieceBytesMax);
    const isLast = at + rest.byteLength === bytes.byteLength;
    const cut = isLast ? -1 : Math.max(rest.lastIndexOf(" "), rest.lastIndexOf("\n"));
    const piece = cut === -1 ? rest : rest.subarray(0, cut + 1);
    pieces.push(piece);
    at += piece.byteLength;
  }
  return pieces;
}
