import { lstat, mkdir } from "node:fs/promises";
import { DiscoveryError } from "./errors.ts";

/**
 * Makes sure that `path` is a directory that only this user can read and write, and creates it when it is absent.
 *
 * @throws DiscoveryError `insecureDirectory` when somebody else owns it or may enter it, `directoryUnusable` when it
 * cannot be created.
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DiscoveryError("directoryUnusable", `cannot create the directory ${path}: ${String(error)}`, {
      cause: error,
    });
  }
  const { mode, uid } = await lstat(path).then((stats) => (stats.isDirectory() ? stats : { mode: 0o777, uid: -1 }));
  // Windows has neither owners nor modes in this sense; the user's temporary directory is private there.
  if (process.getuid === undefined) return;
  if (uid !== process.getuid() || (mode & 0o077) !== 0) {
    throw new DiscoveryError(
      "insecureDirectory",
      `${path} must be a directory that belongs to this user with mode 0700; remove it or choose another one`,
    );
  }
}
