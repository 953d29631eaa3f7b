// A child process that talks in lines and ends when its standard input does, so that it never outlives this process.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A line of output and when it arrived, in milliseconds of `performance.now()`. */
interface Line {
  readonly text: string;
  readonly at: number;
}

interface Wait {
  readonly prefix: string;
  readonly resolve: (line: Line) => void;
  readonly reject: (error: Error) => void;
}

/** How to start a {@link Child}. */
interface ChildOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The network namespace to start it in; without one it starts in the namespace of this process. */
  readonly namespace?: string | undefined;
}

/** One running program. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  readonly #command: string;
  readonly #output: string[] = [];
  readonly #unread: Line[] = [];
  readonly #waits = new Set<Wait>();
  #isOver = false;

  constructor(command: readonly string[], { env, namespace }: ChildOptions) {
    // `ip netns exec` replaces itself with the program, so the process id is the program's either way.
    const [file = "", ...args] = namespace === undefined ? command : ["ip", "netns", "exec", namespace, ...command];
    this.#command = command.join(" ");
    this.#process = spawn(file, args, { env, stdio: "pipe" });
    // `close` comes after the last output, and after a failed start as well.
    this.#exited = once(this.#process, "close").catch(() => undefined);
    this.#process.once("close", () => this.#end());
    this.#process.once("error", (error) => this.#output.push(error.message));
    this.#process.stdin.on("error", () => undefined);
    createInterface({ input: this.#process.stdout }).on("line", (text) => this.#receive(text));
    createInterface({ input: this.#process.stderr }).on("line", (text) => this.#output.push(text));
  }

  /** Resolves with the next line that starts with `prefix`, which may have come already; rejects when the child ends. */
  line(prefix: string): Promise<Line> {
    const index = this.#unread.findIndex(({ text }) => text.startsWith(prefix));
    const [found] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (found !== undefined) return Promise.resolve(found);
    if (this.#isOver) return Promise.reject(this.#failure(prefix));
    return new Promise((resolve, reject) => this.#waits.add({ prefix, resolve, reject }));
  }

  /** Writes one line to the child's standard input. */
  write(text: string): void {
    this.#process.stdin.write(`${text}\n`);
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when the child has ended and all its output has been read. */
  async exited(): Promise<void> {
    await this.#exited;
  }

  /** Ends the child by closing its input, by SIGKILL after two seconds, and waits until it has ended. */
  async end(): Promise<void> {
    this.#process.stdin.end();
    const kill = setTimeout(() => this.signal("SIGKILL"), 2000);
    await this.#exited;
    clearTimeout(kill);
  }

  #receive(text: string): void {
    const line = { text, at: performance.now() };
    this.#output.push(text);
    for (const wait of this.#waits) {
      if (!text.startsWith(wait.prefix)) continue;
      this.#waits.delete(wait);
      wait.resolve(line);
      return;
    }
    this.#unread.push(line);
  }

  #end(): void {
    this.#isOver = true;
    for (const wait of this.#waits) wait.reject(this.#failure(wait.prefix));
    this.#waits.clear();
  }

  #failure(prefix: string): Error {
    const output = this.#output.slice(-20).join("\n");
    return new Error(`"${this.#command}" ended before it printed "${prefix}".\n${output}`);
  }
}
