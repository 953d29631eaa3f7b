// Slow: starts whole processes.
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const main = join(import.meta.dirname, "..", "examples", "word-index", "main.ts");
const runTimeoutMs = 90_000;

let folder: string;
const runs: Run[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "main-job-"));
});
afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.kill()));
  await rm(folder, { recursive: true, force: true });
});

/** One run of the main job. */
class Run {
  output = "";
  errors = "";
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.#child = this.start(args);
    this.#child.stdout?.on("data", (text) => {
      this.output += text;
    });
    this.#child.stderr?.on("data", (text) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve(code ?? signal ?? -1)));
    runs.push(this);
  }

  protected start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, ["--conditions=@foundation/source", main, ...args]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGINT first, so that it takes its nodes along. */
  async kill(): Promise<void> {
    this.signal("SIGINT");
    await this.ended;
  }

  /** The processes of its nodes, once all three are up. */
  async nodeProcesses(): Promise<number[]> {
    const processIds = (): number[] => [
      ...new Set([...this.output.matchAll(/process (\d+)/g)].map(([, id]) => Number(id))),
    ];
    await expect.poll(() => processIds().length, { timeout: 30_000 }).toBe(3);
    return processIds();
  }
}

/** The same by the README's command. A signal goes to npm alone, as that of a service manager does. */
class NpmRun extends Run {
  override async kill(): Promise<void> {
    this.signal("SIGTERM");
    await this.ended;
  }

  protected override start(args: readonly string[]): ChildProcess {
    return spawn("npm", ["start", "--", ...args], { cwd: join(import.meta.dirname, "..") });
  }
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

/** Forty texts, a large one, and what is to be left out: a binary file and a loop of links. */
async function writeTexts(): Promise<void> {
  await mkdir(join(folder, "more"));
  for (let at = 0; at < 40; at++) {
    const name = join(folder, at % 2 === 0 ? "more" : ".", `${at}.md`);
    await writeFile(name, `text number ${at} shares words with others\n`.repeat(at * 20 + 1));
  }
  await writeFile(join(folder, "large.txt"), Array.from({ length: 100_000 }, (_, at) => `word${at}`).join(" "));
  await writeFile(join(folder, "binary"), Uint8Array.of(1, 0, 2));
  await symlink(folder, join(folder, "more", "loop"));
}

const summaryThatHolds = {
  ok: true,
  problems: [],
  members: 3,
  files: 41,
  epoch: 2,
  indexedWords: 100_046,
  indexMatches: true,
};

describe("the main job", { timeout: runTimeoutMs }, () => {
  it("recovers from the kill, twice at the same time, and prints nothing but the summary as JSON", async () => {
    await writeTexts();
    const [one, kept] = [new Run(folder, "--json"), new Run(folder, "--json", "--keep")];
    expect([await one.ended, one.errors]).toEqual([0, ""]);
    await expect.poll(() => kept.output, { timeout: 30_000 }).toMatch(/\n}\n$/);
    for (const { output } of [one, kept]) {
      const summary = JSON.parse(output);
      expect(summary).toMatchObject(summaryThatHolds);
      expect(summary.recoveredMs).toBeGreaterThan(0);
      expect(summary.visibleMs).toBeGreaterThanOrEqual(summary.recoveredMs);
      expect(summary.controlP99Ms).toBeGreaterThanOrEqual(summary.controlP50Ms);
      expect(summary.asks).toBeGreaterThan(1_000);
      expect(summary.failedAsks).toBeLessThan(100);
    }
    kept.signal("SIGINT");
    expect([await kept.ended, kept.errors]).toEqual([0, ""]);
  });

  it("takes its nodes along when it is interrupted", async () => {
    await writeTexts();
    const run = new Run(folder);
    const processIds = await run.nodeProcesses();
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    expect(processIds.filter(isRunning)).toEqual([]);
  });

  it("[Z6] ends with its nodes when npm start is terminated", async () => {
    await writeTexts();
    const run = new NpmRun(folder, "--keep");
    const processIds = await run.nodeProcesses();
    run.signal("SIGTERM");
    await expect.poll(() => processIds.filter(isRunning), { timeout: 10_000 }).toEqual([]);
    await run.ended;
  });

  it("leaves no nodes behind when it is killed itself", async () => {
    await writeTexts();
    const run = new Run(folder);
    const processIds = await run.nodeProcesses();
    run.signal("SIGKILL");
    await run.ended;
    await expect.poll(() => processIds.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  });
});

describe("the main job, misused", () => {
  async function refusal(...args: readonly string[]): Promise<string> {
    const run = new Run(...args);
    expect([await run.ended, run.output]).toEqual([2, ""]);
    expect(run.errors).toMatch(/^\w+: .+\n$/);
    return run.errors.slice(0, run.errors.indexOf(":"));
  }

  it("refuses an unknown option", async () => {
    expect(await refusal("--jsno")).toBe("unknownOption");
  });

  it("refuses a folder that does not exist", async () => {
    expect(await refusal(join(folder, "absent"), "--json")).toBe("folderNotFound");
  });

  it("refuses a file", async () => {
    await writeFile(join(folder, "file"), "text");
    expect(await refusal(join(folder, "file"))).toBe("notAFolder");
  });

  it("[Z9] refuses a folder without texts, and says what it found instead", async () => {
    expect(await refusal(folder)).toBe("noText");
    await writeFile(join(folder, "picture"), Uint8Array.of(1, 0, 2));
    const run = new Run(folder);
    await run.ended;
    expect(run.errors).toContain("/picture (binary)");
  });

  // The superuser may read everything; run the tests as another user to have this one.
  it.skipIf(process.getuid?.() === 0)("refuses a folder that may not be read", async () => {
    await chmod(folder, 0o000);
    expect(await refusal(folder)).toBe("folderUnreadable");
    await chmod(folder, 0o700);
  });
});
