import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a process may take for what it is asked to do. Milliseconds; only a broken one needs it. */
const patienceMs = 60_000;

/**
 * Runs the program of docs/guides/your-own-project.md twice: the host, then a guest that asks it. Then the host is told to end.
 *
 * @returns what the guest prints.
 * @throws Error with all that was printed when either does not end with 0.
 */
export async function exchange(node: string, file: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "foundation-exchange-"));
  const host = new Program(node, [file, "host"], directory);
  const guest = host.hasPrinted("the greeter is here").then(() => new Program(node, [file, "guest"], directory));
  try {
    const { code, output, errors } = await (await guest).end();
    host.process.kill("SIGTERM");
    const ended = await host.end();
    if (code !== 0 || ended.code !== 0) {
      throw new Error(
        `guest ended with ${code}: ${output}${errors}\nhost with ${ended.code}: ${ended.output}${ended.errors}`,
      );
    }
    return output;
  } finally {
    host.process.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  }
}

class Program {
  readonly process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = "";
  #errors = "";

  constructor(node: string, args: readonly string[], directory: string) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(FOUNDATION_|NODE_|VITEST)/.test(name));
    const places = Object.fromEntries(["TMPDIR", "HOME", "XDG_RUNTIME_DIR"].map((name) => [name, directory]));
    this.process = spawn(node, args, {
      env: { ...Object.fromEntries(inherited), ...places, FOUNDATION_LOG_LEVEL: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patienceMs,
      killSignal: "SIGKILL",
    });
    this.process.stdout?.on("data", (text) => (this.#output += text));
    this.process.stderr?.on("data", (text) => (this.#errors += text));
    this.#ended = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", resolve);
    });
  }

  /** Resolves once `text` was printed. */
  async hasPrinted(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.#output.includes(text)) resolve();
      };
      this.process.stdout?.on("data", look);
      this.#ended.then(
        (code) => reject(new Error(`ended with ${code} before it said: ${text}\n${this.#errors}`)),
        reject,
      );
    });
  }

  async end(): Promise<{ code: number | null; output: string; errors: string }> {
    return { code: await this.#ended, output: this.#output, errors: this.#errors };
  }
}
