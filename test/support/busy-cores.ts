import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";

/** Should nobody dispose of them. Milliseconds. */
const busyMsMax = 120_000;

/** Keeps every core of the machine busy until it is disposed of. */
export class BusyCores implements Disposable {
  readonly #processes: readonly ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ["--eval", `for (const end = Date.now() + ${busyMsMax}; Date.now() < end; );`]),
  );

  [Symbol.dispose](): void {
    for (const each of this.#processes) each.kill("SIGKILL");
  }
}
