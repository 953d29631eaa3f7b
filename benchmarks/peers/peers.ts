// Comparable systems, and whether they can run here.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { erlangVersion } from "./erlang/erlang.ts";

/** A comparable system. */
export type PeerName = "erlang" | "moleculer" | "effect";

/** Why a system cannot be measured. Those of the npm registry are installed in their own folder first. */
export async function peerUnavailable(peer: PeerName): Promise<string | undefined> {
  if (peer === "erlang") return erlangVersion() === undefined ? "there is no erl on the PATH" : undefined;
  const folder = join(import.meta.dirname, peer);
  try {
    if (!(await isInstalled(folder)))
      await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
    return undefined;
  } catch (error) {
    return `it cannot be installed: ${error instanceof Error ? error.message : error}`;
  }
}

/** Whether what npm has written beside the packages has the versions of the lockfile. */
async function isInstalled(folder: string): Promise<boolean> {
  const [wanted, found] = await Promise.all([
    versions(join(folder, "package-lock.json")),
    versions(join(folder, "node_modules", ".package-lock.json")).catch(() => ""),
  ]);
  return wanted === found;
}

async function versions(lockfile: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(lockfile, "utf8")) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  const installed = Object.entries(packages).filter(([path, { optional }]) => path !== "" && optional !== true);
  return JSON.stringify(installed.map(([path, { version }]) => [path, version]).sort());
}
