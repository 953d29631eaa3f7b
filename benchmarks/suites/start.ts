import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Figures } from "../report.ts";
import { inTurn, type Round } from "../rounds.ts";
import type { Suite } from "./suite.ts";

const folder = dirname(import.meta.dirname);
const rounds = 9;

/** One process: how long until a node answers its first ask, and how much memory that takes. */
export const start: Suite = {
  cases: [
    { case: "import", unit: "ms", better: "lower" },
    { case: "start", unit: "ms", better: "lower" },
    { case: "first ask", unit: "ms", better: "lower" },
    { case: "together", unit: "ms", better: "lower", goal: 150 },
    { case: "from spawn to answer", unit: "ms", better: "lower" },
    { case: "resident memory", unit: "MB", better: "lower", goal: 75 },
  ],

  async measure({ signal, alone, progress }) {
    progress("building the packages");
    await build(signal);
    const directory = await mkdtemp(join(tmpdir(), "foundation-bench-"));
    try {
      const contenders: Record<string, Round> = {
        foundation: () => startNode(directory, signal),
        ...(alone ? {} : { "bare Node": () => startBare(signal) }),
      };
      // The first ones read from the disk.
      for (const round of Object.values(contenders)) await round();
      progress(`${rounds} starts`);
      const { foundation = {}, ...ceilings } = await inTurn(rounds, contenders);
      return { foundation, ceilings };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },

  peers: { erlang: async () => ({ figures: await runErlang("start", { trials: rounds }) }) },
};

/** Users run what is published: JavaScript in `dist`. */
async function build(signal: AbortSignal): Promise<void> {
  const root = dirname(folder);
  const tsc = join(root, "node_modules", ".bin", "tsc");
  await promisify(execFile)(tsc, ["--build", "packages/tsconfig.json"], { cwd: root, signal });
}

async function startNode(directory: string, signal: AbortSignal): Promise<Figures> {
  const { answeredMs, said } = await run(["programs/start.mjs", directory], signal);
  const { importMs = Number.NaN, startMs = Number.NaN, askMs = Number.NaN, rssBytes = Number.NaN } = said;
  return {
    import: importMs,
    start: startMs,
    "first ask": askMs,
    together: importMs + startMs + askMs,
    "from spawn to answer": answeredMs,
    "resident memory": rssBytes / 1e6,
  };
}

async function startBare(signal: AbortSignal): Promise<Figures> {
  const { answeredMs, said } = await run(["ceilings/bare-node.mjs"], signal);
  return { "from spawn to answer": answeredMs, "resident memory": (said.rssBytes ?? Number.NaN) / 1e6 };
}

/** Runs a script of this folder by Node with no options, until it ends. @returns what it said, and when. */
async function run(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly answeredMs: number; readonly said: Figures }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    signal,
    stdio: ["ignore", process.stderr, process.stderr, "ipc"],
    timeout: 30_000,
  });
  const ended = once(child, "exit");
  const answer = once(child, "message").then(([said]) => ({ answeredMs: performance.now() - startedAt, said }));
  const first = await Promise.race([answer, ended.then(([code]) => code as number | null)]);
  if (first === null || typeof first === "number")
    throw new Error(`${args[0]} ended with ${first} before it answered.`);
  await ended;
  return first;
}
