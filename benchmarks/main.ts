// npm run bench -- SUITE [--json]: measures one suite, and Erlang beside it when it is installed.
import { arch, cpus, platform } from "node:os";
import { parseArguments, type SuiteName, UsageError, usage } from "./arguments.ts";
import { erlangVersion } from "./peers/erlang/erlang.ts";
import { compare, type Figures, formatTable, type Report } from "./report.ts";
import { failover } from "./suites/failover.ts";
import { headOfLine } from "./suites/head-of-line.ts";
import { local } from "./suites/local.ts";
import { remote } from "./suites/remote.ts";
import { singletons } from "./suites/singletons.ts";
import type { Run, Suite } from "./suites/suite.ts";

const suites: Readonly<Record<SuiteName, Suite>> = { local, remote, "head-of-line": headOfLine, failover, singletons };

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // What was started is ended in order, within a time that nobody minds.
  process.once(signal, () => {
    interruption.abort(new Error(`Interrupted by ${signal}.`));
    setTimeout(() => process.exit(1), 5000).unref();
  });
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes("--help") || words.includes("-h")) return print(usage);
  const { suite, json, freezePeers } = parseArguments(words);
  const progress = (text: string): void => void process.stderr.write(`${suite}: ${text}\n`);
  const run: Run = { signal: interruption.signal, freezePeers, progress };
  const foundation = await suites[suite].measure(run);
  const erlang = await measureErlang(suites[suite], run);
  run.signal.throwIfAborted();
  const report: Report = {
    suite,
    runtime: describeRuntime(),
    results: compare(suites[suite].cases, foundation, erlang),
  };
  print(json ? JSON.stringify(report, undefined, 2) : formatTable(report));
}

/** Erlang's figures; none when it is not installed or fails, which is said but spoils nothing. */
async function measureErlang(suite: Suite, run: Run): Promise<Figures> {
  const version = erlangVersion();
  if (version === undefined) {
    run.progress("Erlang is left out: there is no erl on the PATH");
    return {};
  }
  run.progress(`the same on Erlang/OTP ${version}`);
  try {
    return await suite.measureErlang(run);
  } catch (error) {
    run.progress(`Erlang is left out: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

function describeRuntime(): string {
  const processors = cpus();
  return `Node ${process.versions.node}, ${platform()} ${arch()}, ${processors.length} x ${processors[0]?.model.trim()}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (interruption.signal.aborted) process.stderr.write(`${interruption.signal.reason.message}\n`);
  else if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}\n`);
  else process.stderr.write(`The benchmark failed: ${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
