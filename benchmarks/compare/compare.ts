import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { CompareArguments } from "../arguments.ts";
import { compareRounds, formatComparison, type Measurement, schedule } from "./comparison.ts";
import { ReferenceWorktree, repository } from "./reference-worktree.ts";

/** What to compare, and how to be told to stop. */
interface CompareOptions extends Pick<CompareArguments, "ref" | "suite" | "rounds"> {
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/**
 * Measures a suite in turn at another commit and as it is here, each with the benchmarks of its own.
 *
 * @returns a table.
 */
export async function compareWith({ ref, suite, rounds, signal, progress }: CompareOptions): Promise<string> {
  await using reference = await ReferenceWorktree.add(ref);
  const folders = { old: reference.folder, new: repository };
  // Ceilings and peers are not compared. Commits from before that option measure them too, which only takes longer.
  const knowsAlone = (await bench(reference.folder, ["--help"], signal)).includes("--alone");
  const measured: Record<"old" | "new", Measurement[][]> = { old: [], new: [] };
  for (const [index, which] of schedule(rounds).entries()) {
    progress(`${which}, ${index + 1} of ${2 * rounds}`);
    const alone = which === "new" || knowsAlone ? ["--alone"] : [];
    const report = JSON.parse(await bench(folders[which], [suite, "--json", ...alone], signal));
    measured[which].push(report.results);
  }
  return `${suite}: ${ref} and as it is here\n\n${formatComparison(compareRounds(measured.old, measured.new))}`;
}

/** Runs the benchmarks of a checkout, which installs what it needs. @returns what they print. */
async function bench(folder: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn(process.execPath, ["tools/run.mjs", "benchmarks/main.ts", ...args], {
    cwd: folder,
    signal,
    killSignal: "SIGTERM",
    stdio: ["ignore", "pipe", "inherit"],
    // The shell of npm is not this child's parent.
    env: { ...process.env, npm_lifecycle_event: undefined },
  });
  const exited = once(child, "close");
  const [output, [code]] = await Promise.all([text(child.stdout), exited]);
  if (code !== 0) throw new Error(`The benchmarks in ${folder} ended with ${code}.`);
  return output;
}
