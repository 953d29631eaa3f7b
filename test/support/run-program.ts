import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./pages.ts";

/** What a program prints. It ends with exit code 0. */
export async function run(...args: readonly string[]): Promise<string> {
  // A temporary directory of its own and no settings keep it away from other nodes of this user.
  const directory = await mkdtemp(join(tmpdir(), "docs-"));
  try {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FOUNDATION_"));
    const env = { ...Object.fromEntries(inherited), TMPDIR: directory, TEMP: directory };
    const options = { cwd: root, env, timeout: 20_000 };
    const command = ["--conditions=@foundation/source", ...args];
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
