import { randomInt } from "node:crypto";
import { TestkitError } from "../errors.ts";
import type { ProcessPathOptions } from "./network/process-network.ts";
import type { ProcessNodeOptions } from "./node-program.ts";

/** Settings of a cluster of processes. */
export interface ProcessClusterOptions {
  /** The module that every process runs; it calls `serveNode`. */
  readonly program: URL | string;
  /**
   * Where nodes live. `loopback` (the default): on 127.0.0.1, joined by TCP proxies of this process. `namespaces`: each in a
   * network namespace of its own, a host with an address of its own; Linux and root only, see `namespacesUnavailable`.
   */
  readonly hosts?: "loopback" | "namespaces";
  /** Options of every node; those given to `start` come on top. Unlike elsewhere, `simulateRemote` is on by default. */
  readonly nodes?: ProcessNodeOptions;
  /** Flags of Node for every process, such as `--conditions=…`. Default: none. */
  readonly execArgv?: readonly string[];
  /** Variables of every process, besides those of this one; its own `FOUNDATION_*` are left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds a node may take to start. Default 20 000. */
  readonly startTimeoutMs?: number;
  /** Milliseconds a command may take. Default 15 000. */
  readonly callTimeoutMs?: number;
  /** Decides about jitter and loss. Default: another one each time; diagnoses show it. */
  readonly seed?: number;
  /** The rate of every node's network device; only with `hosts: "namespaces"`. Default unlimited. */
  readonly rate?: LinkRate;
}

/** A limited network device: what it cannot send at once waits, and what would wait longer than `queueMs` is dropped. */
export interface LinkRate {
  /** Millions of bits a second. */
  readonly mbit: number;
  /** Milliseconds. */
  readonly queueMs: number;
}

/** {@link ProcessClusterOptions} with all defaults. */
export interface ClusterSettings extends Required<Omit<ProcessClusterOptions, "rate">> {
  readonly rate: LinkRate | undefined;
}

const defaults = {
  hosts: "loopback",
  nodes: {},
  execArgv: [],
  env: {},
  startTimeoutMs: 20_000,
  callTimeoutMs: 15_000,
  rate: undefined,
} as const;

/** @throws TestkitError `invalidOption`. */
export function readClusterOptions(options: ProcessClusterOptions): ClusterSettings {
  const settings = { ...defaults, seed: randomInt(2 ** 31), ...options };
  for (const name of ["startTimeoutMs", "callTimeoutMs"] as const) {
    if (!(settings[name] > 0)) throw invalid(name, settings[name], "milliseconds above 0");
  }
  if (!Number.isSafeInteger(settings.seed)) throw invalid("seed", settings.seed, "an integer");
  if (settings.rate !== undefined) {
    const { mbit, queueMs } = settings.rate;
    if (settings.hosts !== "namespaces") throw invalid("rate", settings.rate, 'given with hosts: "namespaces" only');
    if (!(mbit > 0)) throw invalid("rate.mbit", mbit, "above 0");
    if (!(queueMs > 0)) throw invalid("rate.queueMs", queueMs, "milliseconds above 0");
  }
  return settings;
}

/** @throws TestkitError `invalidOption`. */
export function checkPath(options: Partial<ProcessPathOptions>): void {
  for (const [name, value] of Object.entries(options)) {
    const isProbability = name === "loss" || name === "dropFrames";
    if (isProbability && !(value >= 0 && value <= 1)) throw invalid(name, value, "from 0 to 1");
    if (name === "bytesPerMs" ? !(value > 0) : !(value >= 0)) throw invalid(name, value, "a positive number");
  }
}

function invalid(name: string, value: unknown, allowed: string): TestkitError {
  return new TestkitError("invalidOption", `${name} has to be ${allowed}, seen ${JSON.stringify(value)}`);
}
