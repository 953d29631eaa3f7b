// Runs the Erlang programs beside this file: the same work as our benchmarks, on Erlang/OTP.
import { execFileSync } from "node:child_process";
import type { SlowLink } from "../../slow-link.ts";
import { median } from "../../statistics.ts";
import type { Child } from "./child.ts";
import { ErlangVms, type Host, loopback } from "./erlang-vms.ts";
import { runFailover } from "./failover.ts";

/** A benchmark suite that exists for Erlang. */
type ErlangSuite = "local" | "remote" | "head-of-line" | "failover" | "start";

/** How to run a suite. */
interface ErlangOptions {
  /** `head-of-line`: run the two nodes at the ends of this link instead of over loopback. */
  readonly link?: Pick<SlowLink, "a" | "b" | "rateMbit">;
  /**
   * `head-of-line`: large messages (1 MB) that are sent and not yet acknowledged. Default: 2, the least that keeps
   * loopback and a 200 Mbit/s link full; with more, Erlang's calls wait longer and its bulk rate stays the same.
   */
  readonly window?: number;
  /** `failover`: how often a host is killed, and how often one leaves. `start`: how often a node is started. Default: 8. */
  readonly trials?: number;
  /** `failover`: also stop a host with SIGSTOP, once, which takes 45–75 s. Default: false. */
  readonly freeze?: boolean;
  /** The run is killed and fails after this many milliseconds. Default: 120,000, and 120,000 more with `freeze`. */
  readonly deadlineMs?: number;
}

/** The release of Erlang/OTP on the PATH, such as `25`, or `undefined` when there is none. */
export function erlangVersion(): string | undefined {
  const release = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  try {
    const version = execFileSync("erl", ["-noinput", "-eval", release], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    return version.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs one suite and returns its figures by case, in these units:
 *
 * - `local`: messages, calls, processes, deliveries, lookups and restarts a second; bytes; milliseconds (`ask`, `outage`).
 * - `remote`: messages a second; microseconds (`ask sequential`, the median); calls a second; MB (10^6 bytes) a second.
 * - `head-of-line`: milliseconds; MB a second. Cases start with `loopback`, or with the rate of the link that is given.
 * - `failover`: milliseconds, medians of all trials.
 * - `start`: milliseconds; MB; medians of all trials.
 *
 * Throws when a program fails or the deadline passes. Ends every process it started either way.
 *
 * @example
 * if (erlangVersion() !== undefined) console.log(await runErlang("local"));
 */
export async function runErlang(suite: ErlangSuite, options: ErlangOptions = {}): Promise<Record<string, number>> {
  const deadlineMs = options.deadlineMs ?? (options.freeze ? 240_000 : 120_000);
  await using vms = await ErlangVms.compile();
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    vms.kill();
  }, deadlineMs);
  try {
    return Object.fromEntries(await runSuite(vms, suite, options));
  } catch (error) {
    if (isLate) throw new Error(`Erlang's ${suite} suite did not end within ${deadlineMs} ms.`, { cause: error });
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

async function runSuite(vms: ErlangVms, suite: ErlangSuite, options: ErlangOptions): Promise<Map<string, number>> {
  switch (suite) {
    case "local":
      return runLocal(vms);
    case "remote":
      return runPair(vms, ["remote"], remoteCases);
    case "head-of-line": {
      const { link, window = 2 } = options;
      const label = link === undefined ? "loopback" : `${link.rateMbit} Mbit/s`;
      const cases = ["p50", "p99", "bulk"].map((figure) => `${label} ${figure}`);
      return runPair(vms, ["head_of_line", label, String(window)], cases, link);
    }
    case "failover":
      return runFailover(vms, { trials: options.trials ?? 8, freeze: options.freeze ?? false });
    case "start":
      return runStart(vms, options.trials ?? 8);
  }
}

/** The cases of `local` that Erlang has too, and which of two figures is the better one. */
export const localCases: ReadonlyMap<string, (...figures: number[]) => number> = new Map([
  ["tell", Math.max],
  ["ask", Math.max],
  ["spawn", Math.max],
  ["bytes per idle actor", Math.min],
  ["ring, 1 token", Math.max],
  ["ring, 100 tokens", Math.max],
  ["fan-out", Math.max],
  ["lookup", Math.max],
  ["hot: flood", Math.max],
  ["hot: ask p50", Math.min],
  ["hot: ask p99", Math.min],
  ["restart", Math.max],
  ["restart: outage p50", Math.min],
  ["restart: outage p99", Math.min],
]);
const remoteCases = ["tell 128 B", "tell 1 KiB", "ask sequential", "ask 128 in flight", "bulk 1 MiB"];

/**
 * Runs the suite on one scheduler thread and on one per core, and takes the better figure of each case: on two cores,
 * Erlang passes messages between cores at about half the rate it does on one, but on many it may spawn faster.
 */
async function runLocal(vms: ErlangVms): Promise<Map<string, number>> {
  const names = [...localCases.keys()];
  const one = await readCases(await vms.run(["local"], { flags: ["+S", "1"] }), names);
  const all = await readCases(await vms.run(["local"]), names);
  return new Map([...localCases].map(([name, better]) => [name, better(figure(one, name), figure(all, name))]));
}

function figure(results: ReadonlyMap<string, number>, name: string): number {
  return results.get(name) ?? Number.NaN;
}

/** Starts a node so many times, after one time that reads from the disk. */
async function runStart(vms: ErlangVms, trials: number): Promise<Map<string, number>> {
  const waits: number[] = [];
  const memory: number[] = [];
  for (let trial = 0; trial <= trials; trial++) {
    const start = performance.now();
    const vm = await vms.run(["start"], { name: "first" });
    const { at } = await vm.line("answered");
    const name = "resident memory";
    const found = await readCases(vm, [name]);
    if (trial === 0) continue;
    waits.push(at - start);
    memory.push(figure(found, name));
  }
  return new Map([
    ["from spawn to answer", median(waits)],
    ["resident memory", median(memory)],
  ]);
}

/** Runs a program, a module and its arguments, on one node against another that only hosts its receivers. */
async function runPair(
  vms: ErlangVms,
  [module = "", ...args]: readonly string[],
  cases: readonly string[],
  hosts: { a: Host; b: Host } = { a: loopback, b: loopback },
): Promise<Map<string, number>> {
  await vms.peer({ name: "peer", host: hosts.b });
  const peer = `peer@${hosts.b.address}`;
  return readCases(await vms.run([module, peer, ...args], { name: "measuring", host: hosts.a }), cases);
}

/** Reads one line `case=value` for each case. */
async function readCases(vm: Child, cases: readonly string[]): Promise<Map<string, number>> {
  const results = new Map<string, number>();
  for (const name of cases) {
    const { text } = await vm.line(`${name}=`);
    const value = Number(text.slice(name.length + 1));
    if (!Number.isFinite(value)) throw new Error(`Erlang printed "${text}", which is no figure.`);
    results.set(name, value);
  }
  await vm.exited();
  return results;
}
