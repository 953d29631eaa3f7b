// Slow: starts whole processes.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "./support/pages.ts";

const program = join(root, "examples", "quick-start", "counter.ts");
const timeout = 20_000;
const terminals: Terminal[] = [];
afterEach(async () => {
  await Promise.all(terminals.splice(0).map((terminal) => terminal.end("SIGKILL")));
});

/** What a person sees who runs the quick start. */
class Terminal {
  output = "";
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;

  constructor(clusterName: string) {
    this.#child = this.start({ ...process.env, FOUNDATION_CLUSTER_NAME: clusterName });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (text) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
    terminals.push(this);
  }

  get name(): string {
    return `node-${this.#child.pid}`;
  }

  protected start(env: NodeJS.ProcessEnv): ChildProcess {
    return spawn(process.execPath, ["--conditions=@foundation/source", program], { env });
  }

  /** Presses keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.output, { timeout, interval: 20 }).toMatch(text);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.ended;
  }

  /** Sends the signal again and again, as tools do that send it to the process and to its group. */
  async endBySignals(signal: NodeJS.Signals): Promise<void> {
    while (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await new Promise(setImmediate);
    }
    await this.ended;
  }
}

/** A real terminal, and in it the README's command. */
class RealTerminal extends Terminal {
  protected override start(env: NodeJS.ProcessEnv): ChildProcess {
    const command = `exec node ${join(root, "tools", "run.mjs")} examples/quick-start/counter.ts`;
    return spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { env });
  }
}

describe("the quick start", { timeout: 60_000 }, () => {
  it.each(["SIGINT", "SIGKILL"] as const)(
    "[Z1] in two terminals shares a counter, and says what to do next until one ends by %s",
    async (signal) => {
      const clusterName = randomUUID();
      const first = new Terminal(clusterName);
      await first.shows("--- I am alone. Run the same command in a second terminal.");
      await first.shows(`count 1, kept by ${first.name}, this process`);
      const second = new Terminal(clusterName);
      await first.shows("--- We are 2. Now end one of us");
      await second.shows("--- We are 2. Now end one of us");
      await second.shows(new RegExp(`count ([2-9]|\\d\\d), kept by ${first.name}\n`));
      await first.end(signal);
      await second.shows(`--- The counter moved to ${second.name}, and began again.`);
      await second.shows("--- I am alone.");
      await second.shows(`count 1, kept by ${second.name}, this process`);
      await second.end("SIGTERM");
    },
  );

  it.runIf(process.platform === "linux")("[Z1] leaves in order by Ctrl-C, which comes once", async () => {
    const clusterName = randomUUID();
    const other = new Terminal(clusterName);
    await other.shows("--- I am alone.");
    const terminal = new RealTerminal(clusterName);
    await other.shows("--- We are 2.");
    await terminal.shows("--- We are 2.");
    terminal.type("\x03");
    await terminal.ended;
    expect(terminal.output).toContain("node stopped");
    await other.shows('event="member left"');
    expect(other.output).not.toContain("member died");
    await other.end("SIGTERM");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "[Z1] leaves in order by %s also when it comes more than once",
    async (signal) => {
      const clusterName = randomUUID();
      const other = new Terminal(clusterName);
      await other.shows("--- I am alone.");
      const terminal = new Terminal(clusterName);
      await other.shows("--- We are 2.");
      await terminal.shows("--- We are 2.");
      await terminal.endBySignals(signal);
      await other.shows('event="member left"');
      expect(other.output).not.toContain("member died");
      await other.end("SIGTERM");
    },
  );

  it("[Z2] is plain JavaScript", async () => {
    const source = await readFile(program, "utf8");
    expect(stripTypeScriptTypes(source)).toBe(source);
  });
});
