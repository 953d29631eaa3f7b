import { randomInt } from "node:crypto";
import { OptionTable, optionRule } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";
import { givenOf } from "../network/path-options.ts";
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

const { fields, finiteNumber, listOf, milliseconds, oneOf, required, rule, text, wholeNumber } = optionRule;

/** Longer timeouts than this fire at once. */
const timeoutMsMax = 2 ** 31 - 1;
const timeout = milliseconds({ above: 0, max: timeoutMsMax });

const rateTable = new OptionTable<LinkRate>(
  "ProcessCluster",
  { mbit: required(finiteNumber({ above: 0 })), queueMs: required(milliseconds()) },
  invalidOption,
);

const optionTable = new OptionTable<ProcessClusterOptions>(
  "ProcessCluster",
  {
    program: required(
      rule("a URL, a path", (value) => value instanceof URL || (typeof value === "string" && value !== "")),
    ),
    hosts: oneOf("loopback", "namespaces"),
    // Looked at by the node's start, in its process.
    nodes: fields,
    execArgv: listOf(text),
    env: rule("an object of strings", isEnvironment),
    startTimeoutMs: timeout,
    callTimeoutMs: timeout,
    seed: wholeNumber(),
    rate: rateTable.asRule(),
  },
  invalidOption,
);

function isEnvironment(value: unknown): boolean {
  return fields.fits(value) && Object.values(value as object).every((each) => typeof each === "string");
}

/** @throws TestkitError `invalidOption`. */
export function readClusterOptions(options: ProcessClusterOptions): ClusterSettings {
  optionTable.check(options);
  if (options.rate !== undefined && options.hosts !== "namespaces")
    optionTable.refuse(
      `rate is given with hosts ${options.hosts ?? "loopback"}; allowed: with hosts "namespaces" only`,
    );
  return { ...defaults, seed: randomInt(2 ** 31), ...givenOf(options) };
}
