import { type ChildProcess, spawn } from "node:child_process";

/**
 * Kills a stopped process when this one is gone: a process that does not run cannot notice that its parent has ended.
 *
 * A shell waits for the end of a pipe that only this process holds open, so the guard works after SIGKILL, too.
 */
export class FreezeGuard {
  readonly #shell: ChildProcess;

  constructor(pid: number) {
    this.#shell = spawn("sh", ["-c", `read _; kill -KILL ${pid}`], { stdio: ["pipe", "ignore", "ignore"] });
    this.#shell.on("error", () => {});
    this.#shell.unref();
  }

  /** Lets the process live. */
  release(): void {
    this.#shell.kill("SIGKILL");
  }
}
