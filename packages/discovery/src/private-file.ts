import { constants, fsync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { directoryUnusable } from "./private-directory.ts";

/** A file as it was found. */
export interface FoundFile {
  readonly text: string;
  /** When it was written or touched last, by the clock of its file system. Milliseconds. */
  readonly changedAt: number;
  /** Whether another user owns it, or others may read or write it. */
  readonly isExposed: boolean;
}

// By the descriptor: the file handles of Yarn's Plug'n'Play have no `sync`.
const sync = promisify(fsync);

// Neither a link to elsewhere is followed, nor is a pipe waited for. Windows has no such flags.
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Reads a regular file of at most `bytesMax` bytes.
 *
 * @returns `undefined` when there is none; `"odd"` when what is there is a link, longer, or no regular file.
 * @throws DiscoveryError `directoryUnusable`.
 */
export async function readPrivateFile(path: string, bytesMax: number): Promise<FoundFile | "odd" | undefined> {
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return "odd";
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(bytesMax + 1), position: 0 });
      if (bytesRead > bytesMax) return "odd";
      const user = process.geteuid?.();
      const isExposed = user !== undefined && (stats.uid !== user || (stats.mode & 0o077) !== 0);
      return { text: buffer.toString("utf8", 0, bytesRead), changedAt: stats.mtimeMs, isExposed };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "ENXIO") return "odd";
    throw directoryUnusable("read", path, error as Error);
  }
}

/** How a file is put at its path. */
export interface WriteOptions {
  /** Where it is written first, in the same directory; nobody else writes there. */
  readonly draft: string;
  /** `replace` (the default) what is there, or `keep` it. */
  readonly existing?: "replace" | "keep";
}

/**
 * Puts a file for this user alone at `path`, whole at once: readers never see a part of it, and a link at `path` or at the
 * draft's is not followed.
 *
 * @throws DiscoveryError `directoryUnusable`; what was at `path` is still there then.
 */
export async function writePrivateFile(path: string, text: string, options: WriteOptions): Promise<void> {
  const { draft, existing = "replace" } = options;
  try {
    await rm(draft, { force: true });
    const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(text);
      await sync(file.fd);
    } finally {
      await file.close();
    }
    if (existing === "replace") return await rename(draft, path);
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(draft, { force: true });
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw directoryUnusable("write", path, error as Error);
  }
}
