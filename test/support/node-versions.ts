import { execFile } from "node:child_process";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "./pages.ts";

/** The Nodes that the packages are tested on: the oldest one they run on, the one everything here runs on, the newest. */
export const supportedNodes = ["22.13", "24", "26"] as const;

/** npm could not be asked: the machine has no way to its registry. */
export class RegistryUnreachable extends Error {}

/** Runs npm. @returns what it prints. @throws RegistryUnreachable */
export async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"];
  try {
    const { stdout } = await promisify(execFile)("npm", [...args, ...quiet], { cwd: folder });
    return stdout;
  } catch (error) {
    const text = String((error as { stderr?: unknown }).stderr ?? error);
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/.test(text))
      throw new RegistryUnreachable(text);
    throw error;
  }
}

/**
 * The executable of a Node, downloaded once: `22.13` is 22.13.0, `24` the newest 24 there was then.
 *
 * @throws RegistryUnreachable
 */
export async function nodeExecutable(version: string): Promise<string> {
  if (version === process.versions.node.split(".")[0]) return process.execPath;
  const cache = join(root, "node_modules", ".cache", "nodes", version);
  const name = `node-${process.platform === "darwin" && process.arch === "arm64" ? "bin-" : ""}${process.platform}-${process.arch}`;
  const executable = join(cache, "node_modules", name, "bin", "node");
  if (
    await access(executable).then(
      () => true,
      () => false,
    )
  )
    return executable;
  // Others may be at it too: each makes its own, and whoever is first is right.
  const own = `${cache}.${process.pid}`;
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), "{}");
  await npm(own, "install", `${name}@${version.includes(".") ? `${version}.0` : version}`);
  await rename(own, cache).catch(() => rm(own, { recursive: true, force: true }));
  return executable;
}

/** The `version` that a package of this repository says, of itself or of what it needs. */
export async function manifest(
  path: string,
): Promise<{ engines: { node: string }; devDependencies: Record<string, string> }> {
  return JSON.parse(await readFile(join(root, path, "package.json"), "utf8"));
}

/** The `PATH` on which a Node comes first. */
export const pathWith = (executable: string): string => `${dirname(executable)}:${process.env.PATH ?? ""}`;
