// Slow: starts whole processes.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./support/pages.ts";

const example = join(root, "examples", "job-queue");
const timeout = 30_000;
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

let folder: string;
const programs: Program[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-queue-"));
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end("SIGKILL")));
  await rm(folder, { recursive: true, force: true });
});

/** A process of the service, with what it prints. */
class Program {
  output = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor([file, ...args]: readonly [string, ...string[]], environment: Record<string, string>) {
    const options = { cwd: folder, env: { ...process.env, ...environment } };
    this.#child = spawn(process.execPath, ["--conditions=@foundation/source", join(example, file), ...args], options);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (text) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
    programs.push(this);
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.output, { timeout, interval: 20 }).toMatch(text);
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/**
 * Free ports below those that connections take: whoever is to be a seed has a port of its own before it starts, and nothing else may take
 * it meanwhile.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    server.close();
    if (isFree && !ports.includes(port)) ports.push(port);
  }
  return ports;
}

describe("the job queue of the guide", () => {
  // Without an openssl on the PATH: install one (Debian: `openssl`), then it runs.
  it.skipIf(!hasOpenssl)(
    "[Z8] does every job on three processes with TLS, while one is killed and one is terminated",
    { timeout: 90_000 },
    async () => {
      execFileSync("sh", [join(example, "certificates.sh"), "certificates", "default", "a", "b", "c", "submit"], {
        cwd: folder,
        stdio: "ignore",
      });
      const names = ["a", "b", "c"];
      const ports = await freePorts(names.length);
      const shared = {
        FOUNDATION_SECRET: randomBytes(32).toString("hex"),
        FOUNDATION_SEEDS: ports.map((port) => `127.0.0.1:${port}`).join(","),
      };
      const start = (name: string): Program =>
        new Program(["main.ts"], {
          ...shared,
          FOUNDATION_NAME: name,
          FOUNDATION_PORT: `${ports[names.indexOf(name)]}`,
        });
      const [a, b, c] = [start("a"), start("b"), start("c")];
      for (const program of [a, b, c]) await program.shows(/^. works$/m);
      const submit = new Program(["submit.ts", "800"], { ...shared, FOUNDATION_NAME: "submit" });

      await submit.shows("800 jobs added");
      for (const program of [a, b, c]) await program.shows(/^done .*JOB NUMBER/m);
      await a.end("SIGKILL");
      const again = start("a");
      await again.shows(/^a works$/m);
      expect(await b.end("SIGTERM"), b.output).toBe(0);
      expect(b.output).toMatch("b has left");

      await submit.shows("all jobs are done");
      expect(await submit.ended, submit.output).toBe(0);
      const done = [a, b, c, again].flatMap(({ output }) => [...output.matchAll(/^done \S+: JOB NUMBER (\d+)$/gm)]);
      expect(new Set(done.map(([, number]) => number)).size).toBe(800);
      expect(await readdir(join(folder, "jobs"))).toEqual([]);
    },
  );
});
