// Slow: starts whole processes.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

// The real standard error: gone, without room, or not read. Each program logs 2 MB, says so, and ends by itself.

const directory = mkdtempSync(join(tmpdir(), "fd-log-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const program = `
  import { standardErrorLog } from "@foundation/actor";
  const log = standardErrorLog({ level: "info" });
  for (let line = 0; line < 2_000; line++) log.warn("a line", { text: "x".repeat(1_000) });
  // What became of the first lines is told in turns to come; whether it has been by then or not, nothing ends here.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  log.error("the last line", {});
  process.stdout.write("done");
`;

/** The same, after its current directory was removed: it imports the packages before. */
const homeless = program.replace(
  "  const log",
  `  import { rmdirSync } from "node:fs";
  process.chdir(process.env.GONE);
  rmdirSync(process.env.GONE);
  const log`,
);

type Stderr = "pipe" | number;

/** @returns how the program ended and what it printed; its standard error is read by nobody. */
function run(
  stderr: Stderr,
  withPipe: (pipe: NodeJS.ReadableStream & { destroy(): void }) => void = () => {},
  text = program,
): Promise<unknown> {
  const args = [
    "--conditions=@foundation/source",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "-e",
    text,
  ];
  const child = spawn(process.execPath, args, {
    cwd: new URL("..", import.meta.url),
    env: { ...process.env, GONE: mkdtempSync(join(directory, "gone-")) },
    stdio: ["ignore", "pipe", stderr],
  });
  let printed = "";
  child.stdout?.on("data", (text) => (printed += text));
  if (child.stderr) withPipe(child.stderr as never);
  return new Promise((resolve) => {
    const killer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.once("exit", (code, signal) => {
      clearTimeout(killer);
      resolve({ code, signal, printed });
    });
  });
}

const ended = { code: 0, signal: null, printed: "done" };

it("[Y8] a reader of standard error that has gone ends nothing", async () => {
  expect(await run("pipe", (pipe) => pipe.destroy())).toEqual(ended);
});

it("[Y8] a reader that reads nothing holds nothing up, not even the end of the process", async () => {
  expect(await run("pipe", (pipe) => void pipe.pause())).toEqual(ended);
});

it.runIf(process.platform === "linux")("[Y8] a full disk ends nothing", async () => {
  const full = openSync("/dev/full", "w");
  expect(await run(full)).toEqual(ended);
  closeSync(full);
});

it("[Y6] a current directory that was removed ends nothing", async () => {
  expect(await run("pipe", (pipe) => pipe.destroy(), homeless)).toEqual(ended);
});
