import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * A copy of the working tree in a temporary folder, in which things may be broken. It has its own packages and shares what
 * was installed.
 *
 * @returns its folder.
 */
export function scratchCopy(root: string): string {
  const scratch = mkdtempSync(join(tmpdir(), "foundation-mutants-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of listed.toString().split("\0")) {
    if (file === "" || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    cpSync(join(root, file), join(scratch, file));
  }
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  for (const folder of [".", ...packages]) linkInstalled(join(root, folder), join(scratch, folder));
  return scratch;
}

/** Links what is installed in `from`; the project's own packages are those of the copy. */
function linkInstalled(from: string, to: string): void {
  const [source, target] = [join(from, "node_modules"), join(to, "node_modules")];
  if (!existsSync(source)) return;
  mkdirSync(target);
  for (const entry of readdirSync(source)) {
    if (entry === "@foundation" || entry === ".vite") continue;
    symlinkSync(join(source, entry), join(target, entry));
  }
  const own = join(source, "@foundation");
  if (!existsSync(own)) return;
  mkdirSync(join(target, "@foundation"));
  // Relative: they lead to the packages beside them.
  for (const entry of readdirSync(own)) symlinkSync(readlinkSync(join(own, entry)), join(target, "@foundation", entry));
}

/** Removes a copy. */
export function removeScratch(scratch: string): void {
  rmSync(scratch, { recursive: true, force: true });
}
