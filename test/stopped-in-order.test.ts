// Slow: starts whole processes.
import { type ExecFileException, execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "stopped-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs a program to its end. */
async function run(name: string, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL(`./support/${name}`, import.meta.url));
  return new Promise((resolve) => {
    const command = ["--conditions=@foundation/source", program, ...args];
    execFile(process.execPath, command, { timeout: 28_000 }, (error: ExecFileException | null, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr }),
    );
  });
}

describe("a system that stops in order", () => {
  it("[X2] ends quietly whatever is under way, whenever that settles: nothing is uncaught, nothing is warned of", async () => {
    const { stdout, stderr, code } = await run("stopped-in-order.ts", directory);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const problems: Record<string, string[]> = JSON.parse(stdout);
    expect(Object.keys(problems).length).toBeGreaterThan(15);
    expect(Object.entries(problems).filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it("[X2] leaves exit code 0 behind, and not a word, when a handler has forgotten an ask", async () => {
    expect(await run("forgotten-while-stopping.ts", "an ask")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("[X2] is heard by no listener of the program's own: no promise of the runtime's is forgotten because of it", async () => {
    const { code, stdout, stderr } = await run("own-listener-while-stopping.ts", directory);
    expect([stderr, JSON.parse(stdout), code]).toEqual(["", [], 0]);
  });

  it.each([
    ["a fault of no actor", "TypeError: a fault of the program"],
    ["a fault because of another", "TypeError: a fault of the program"],
    ["an ask of an actor that was stopped alone", "noproc"],
  ])("[X2] leaves %s what it is: the process fails", async (kind, message) => {
    const { code, stderr } = await run("forgotten-while-stopping.ts", kind);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it("[X2] tells of a fault that an actor has forgotten, even when that comes after the stop", async () => {
    const { code, stderr } = await run("forgotten-while-stopping.ts", "a fault of an actor");
    expect(stderr).toContain("a fault of the program");
    expect(code).toBe(0);
  });
});
