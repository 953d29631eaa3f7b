import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The root of this repository. */
export const repository: string = dirname(dirname(import.meta.dirname));

/** Another commit, checked out in the temporary folder; disposing it removes it. */
export class ReferenceWorktree implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws Error when git knows no such commit. */
  static async add(ref: string): Promise<ReferenceWorktree> {
    const folder = join(await mkdtemp(join(tmpdir(), "foundation-compare-")), "reference");
    const worktree = new ReferenceWorktree(folder);
    try {
      await git("worktree", "add", "--detach", folder, ref);
    } catch (error) {
      await worktree[Symbol.asyncDispose]();
      throw error;
    }
    return worktree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(dirname(this.folder), { recursive: true, force: true });
    await git("worktree", "prune");
  }
}

async function git(...args: string[]): Promise<void> {
  await promisify(execFile)("git", args, { cwd: repository });
}
