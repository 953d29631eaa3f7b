import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);

/** Runs an installed tool in the repository's root and ends this process with its exit code when it fails. */
export function runTool(name: string, args: readonly string[]): void {
  const { status } = spawnSync(join(root, "node_modules", ".bin", name), args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
