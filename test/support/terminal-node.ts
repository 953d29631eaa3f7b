import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { until } from "./until.ts";

/** A program in a process of its own that logs as on a terminal, and what was seen there. */
export class TerminalNode implements AsyncDisposable {
  readonly #child: ChildProcess;
  #log = "";
  #printed = "";

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    const env = { PATH: process.env.PATH ?? "", FORCE_COLOR: "1", ...environment };
    const conditions = ["--conditions=@foundation/source", "--disable-warning=ExperimentalWarning"];
    this.#child = spawn(process.execPath, [...conditions, program, ...args], { env });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#printed += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += stripVTControlCharacters(text)));
  }

  /** What it has logged. */
  get log(): string {
    return this.#log;
  }

  /** What it has printed on standard output. */
  get printed(): string {
    return this.#printed;
  }

  /** Waits until `pattern` was logged or printed. */
  async sees(pattern: RegExp): Promise<void> {
    const isSeen = (): boolean => pattern.test(this.#log) || pattern.test(this.#printed);
    await until(isSeen, () => `${pattern} in ${this.#log}${this.#printed}`, 20_000);
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
