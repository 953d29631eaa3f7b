import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Options of Node that run a script. */
const scriptFlags: ReadonlySet<string> = new Set(["-e", "--eval", "-p", "-pe", "--print"]);

/** How to start a process. */
interface StartOptions {
  /** Shown when the process fails. */
  readonly name: string;
  /** The program: a file of this folder. */
  readonly program: string;
  /** The network namespace to start it in. Default: that of this process. */
  readonly namespace?: string;
  /** Further arguments for Node. */
  readonly flags?: readonly string[];
}

/** The processes of one measurement. Disposing it ends them and removes their directory. */
export class NodeProcesses implements AsyncDisposable {
  /** Where their nodes find each other, and no others. */
  readonly directory: string;
  readonly #interruption: AbortSignal;
  /** Aborted by the interruption and by the deadline. */
  readonly #signal: AbortSignal;
  readonly #deadlineMs: number;
  readonly #processes = new Set<NodeProcess<unknown>>();
  readonly #kill = (): void => {
    for (const each of this.#processes) each.kill();
  };

  private constructor(directory: string, interruption: AbortSignal, deadlineMs: number) {
    this.directory = directory;
    this.#deadlineMs = deadlineMs;
    this.#interruption = interruption;
    this.#signal = AbortSignal.any([interruption, AbortSignal.timeout(deadlineMs)]);
    this.#signal.addEventListener("abort", this.#kill, { once: true });
  }

  /**
   * @param interruption kills all processes when it is aborted.
   * @param deadlineMs milliseconds after which all processes are killed, which fails the measurement.
   */
  static async open(interruption: AbortSignal, deadlineMs: number): Promise<NodeProcesses> {
    interruption.throwIfAborted();
    return new NodeProcesses(await mkdtemp(join(tmpdir(), "foundation-bench-")), interruption, deadlineMs);
  }

  /** Starts a process; `Program` is the type of the program's module. */
  start<Program>(options: StartOptions): NodeProcess<Program> {
    this.#signal.throwIfAborted();
    const started = new NodeProcess<Program>(options, () => this.#describeEnd());
    this.#processes.add(started);
    void started.exited.then(() => this.#processes.delete(started));
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener("abort", this.#kill);
    await Promise.all([...this.#processes].map((each) => each.end()));
    await rm(this.directory, { recursive: true, force: true });
  }

  #describeEnd(): string {
    if (this.#interruption.aborted) return "was stopped";
    return this.#signal.aborted ? `did not get ready within ${this.#deadlineMs} ms and was killed` : "ended too early";
  }
}

/** What calling the function `F` in another process takes and gives. */
type Call<F> = F extends (...args: infer Args) => infer Result ? { args: Args; result: Awaited<Result> } : never;

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** One process that runs a program. */
export class NodeProcess<Program> {
  readonly name: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, Pending>();
  #lastId = 0;

  /** @param describeEnd says why the process is gone. */
  constructor({ name, program, namespace, flags = [] }: StartOptions, describeEnd: () => string) {
    this.name = name;
    const main = join(import.meta.dirname, "node-process.ts");
    const source = join(import.meta.dirname, program);
    // Handed on, a script on the command line would start this process again, and that one the next.
    if (process.execArgv.some((flag) => scriptFlags.has(flag))) throw new Error("Start benchmarks from a file.");
    const node = [process.execPath, ...process.execArgv, ...flags, main, source];
    // `ip netns exec` replaces itself with the program, so the process id is the program's either way.
    const [file = "", ...args] = namespace === undefined ? node : ["ip", "netns", "exec", namespace, ...node];
    // Standard output belongs to the report.
    this.#child = spawn(file, args, {
      stdio: ["ignore", process.stderr, process.stderr, "ipc"],
      serialization: "advanced",
    });
    this.exited = once(this.#child, "exit").catch(() => undefined);
    this.#child.on("message", (answer) => this.#answered(answer as { id: number; result: never; error?: string }));
    this.#child.on("error", (error) => this.#fail(`could not be run: ${error.message}`));
    this.#child.once("exit", () => this.#fail(describeEnd()));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Calls an exported function of the program. Rejects when it throws, and when the process ends. */
  call<Name extends keyof Program & string>(
    name: Name,
    ...args: Call<Program[Name]>["args"]
  ): Promise<Call<Program[Name]>["result"]> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#child.send({ id, name, args }, (error) => {
        if (error !== null) this.#fail(`cannot be reached: ${error.message}`);
      });
    });
  }

  /** Stops the process where it is, without ending it. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Lets the process go, kills it when it has not ended after two seconds, and waits until it has. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), 2000);
    await this.exited;
    clearTimeout(timer);
  }

  #answered({ id, result, error }: { id: number; result: never; error?: string }): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(`${this.name}: ${error}`));
  }

  #fail(why: string): void {
    for (const { reject } of this.#calls.values()) reject(new Error(`The process ${this.name} ${why}.`));
    this.#calls.clear();
  }
}
