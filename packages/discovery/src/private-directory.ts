import type { Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DiscoveryError } from "./errors.ts";

/**
 * Makes sure that `path` is a directory that only this user can read and write, and creates it when it is absent.
 *
 * Asked again before each write: in a shared temporary directory others may put something of theirs at a path that has become
 * free.
 *
 * @returns whether it was created.
 * @throws DiscoveryError `insecureDirectory` when it belongs to another user, others may enter it, or it is a symbolic link or
 * no directory at all; `directoryUnusable` when it cannot be created or looked at.
 */
export async function ensurePrivateDirectory(path: string): Promise<boolean> {
  let stats = await look(path);
  const isMissing = stats === undefined;
  if (isMissing) {
    await make(path).catch((error: Error) => {
      throw directoryUnusable("create", path, error);
    });
    // Another user may have been quicker.
    stats = await look(path);
  }
  const fault = stats === undefined ? "is removed as soon as it is made" : faultOf(stats);
  if (fault === undefined) return isMissing;
  const text = `${path} ${fault}; give directory the path of one that belongs to this user alone, with mode 0700`;
  throw new DiscoveryError("insecureDirectory", text);
}

/**
 * Makes a directory, and those above it. Not `mkdir` with `recursive`: that says `ENOENT` where the file system is read-only, and
 * tries for ever below `/proc`.
 */
async function make(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path || (await look(above)) !== undefined) throw error;
    await make(above);
    await make(path);
  }
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw directoryUnusable("look at", path, error as Error);
  }
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "is a symbolic link, which another user may have put there";
  if (!stats.isDirectory()) return "is no directory";
  // Windows has neither owners nor modes in this sense; the user's temporary directory is private there.
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  if (stats.uid !== user) return `belongs to user ${stats.uid}, and this process runs as user ${user}`;
  const bits = stats.mode & 0o777;
  return (bits & 0o077) === 0 ? undefined : `can be entered by other users (mode 0${bits.toString(8)})`;
}

/** What an operation on a file or directory failed with, as an error that says where and why. */
export function directoryUnusable(operation: string, path: string, cause: Error): DiscoveryError {
  // Errors of the file system say what is wrong, in which call and where; the code alone is not for everybody.
  const text = `cannot ${operation} ${path}: ${cause.message}; make that possible, or give directory another path`;
  return new DiscoveryError("directoryUnusable", text, { cause });
}
