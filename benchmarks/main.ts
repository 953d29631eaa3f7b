// npm run bench -- SUITE: measures one suite, beside ceilings and comparable systems; or compares two commits.
import { arch, cpus, platform } from "node:os";
import { type MeasureArguments, parseArguments, type SuiteName, UsageError, usage } from "./arguments.ts";
import { compareWith } from "./compare/compare.ts";
import { type PeerName, peerUnavailable } from "./peers/peers.ts";
import { compare, formatTable, type PeerFigures, type Report } from "./report.ts";
import { failover } from "./suites/failover.ts";
import { headOfLine } from "./suites/head-of-line.ts";
import { local } from "./suites/local.ts";
import { remote } from "./suites/remote.ts";
import { singletons } from "./suites/singletons.ts";
import { start } from "./suites/start.ts";
import type { Run, Suite } from "./suites/suite.ts";

const suites: Readonly<Record<SuiteName, Suite>> = {
  local,
  remote,
  "head-of-line": headOfLine,
  failover,
  singletons,
  start,
};

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
  const given = parseArguments(words);
  if (given.command === "measure") return measure(given);
  print(await compareWith({ ...given, signal: interruption.signal, progress: progressOf(`compare ${given.ref}`) }));
}

async function measure({ suite: name, json, alone, peers: all, freezePeers }: MeasureArguments): Promise<void> {
  const suite = suites[name];
  const run: Run = { signal: interruption.signal, alone, freezePeers, progress: progressOf(name) };
  const { foundation, ceilings } = await suite.measure(run);
  const peers: Record<string, PeerFigures> = {};
  for (const [peer, measurePeer] of alone ? [] : Object.entries(suite.peers)) {
    if (peer !== "erlang" && !all) continue;
    const found = await measurePeerIn(run, peer as PeerName, measurePeer);
    if (found !== undefined) peers[peer] = found;
  }
  run.signal.throwIfAborted();
  const results = compare(suite.cases, { foundation, ceilings, peers });
  const report: Report = { suite: name, runtime: describeRuntime(), results };
  print(json ? JSON.stringify(report, undefined, 2) : formatTable(report));
}

/** A peer's figures; none when it is not installed or fails, which is said but spoils nothing. */
async function measurePeerIn(
  run: Run,
  peer: PeerName,
  measurePeer: (run: Run) => Promise<PeerFigures>,
): Promise<PeerFigures | undefined> {
  try {
    const unavailable = await peerUnavailable(peer);
    if (unavailable !== undefined) {
      run.progress(`${peer} is left out: ${unavailable}`);
      return undefined;
    }
    run.progress(`the same on ${peer}`);
    return await measurePeer(run);
  } catch (error) {
    run.progress(`${peer} is left out: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function progressOf(prefix: string): (text: string) => void {
  return (text) => void process.stderr.write(`${prefix}: ${text}\n`);
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
