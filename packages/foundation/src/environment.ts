import { nearestOf } from "@foundation/actor";
import type { FoundationOptions } from "./options.ts";

/** Variables that stand for options, so that a deployment can set them without touching code. Options given in code win. */
const variables = {
  FOUNDATION_NAME: "name",
  FOUNDATION_CLUSTER: "cluster",
  FOUNDATION_CLUSTER_NAME: "clusterName",
  FOUNDATION_SEEDS: "seeds",
  FOUNDATION_HOST: "host",
  FOUNDATION_PORT: "port",
  FOUNDATION_SECRET: "secret",
  FOUNDATION_LOG: "log",
  FOUNDATION_LOG_LEVEL: "logLevel",
} as const satisfies Record<string, keyof FoundationOptions>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are looked at for misspelt ones. */
const unknownMax = 20;

/**
 * What Kubernetes sets in every container beside a service that is called `foundation`. Its `FOUNDATION_PORT` is a URL, and ours
 * a number.
 */
const ofKubernetes = /^FOUNDATION_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_\w+)$/;
const isLinkOfKubernetes = (text: string): boolean => /^(tcp|udp|sctp):\/\//.test(text);

/** The options that `environment` sets, not checked yet. */
export function optionsFromEnvironment(environment: Environment): FoundationOptions {
  const options: Record<string, unknown> = {};
  for (const [variable, option] of Object.entries(variables)) {
    const value = environment[variable];
    if (value === undefined || value === "" || (option === "port" && isLinkOfKubernetes(value))) continue;
    options[option] = readVariable(option, value);
  }
  return options;
}

/** The variable that stands for `option`. */
export function variableOf(option: PropertyKey | undefined): string | undefined {
  return Object.entries(variables).find(([, each]) => each === option)?.[0];
}

/** A variable that looks like one of ours and is none. */
interface UnknownVariable {
  readonly variable: string;
  /** The one that was probably meant. */
  readonly nearest: string | undefined;
}

/** Variables that begin with `FOUNDATION_` and mean nothing here. Their values are nobody's business: one may be a secret. */
export function unknownVariables(environment: Environment): UnknownVariable[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith("FOUNDATION_") && !Object.hasOwn(variables, name) && !ofKubernetes.test(name))
    .slice(0, unknownMax)
    .map((variable) => ({ variable, nearest: nearestOf(variable, Object.keys(variables)) }));
}

function readVariable(option: (typeof variables)[keyof typeof variables], text: string): unknown {
  switch (option) {
    case "port":
      // What is no number stays text, so that the error shows what was given.
      return /^\d+$/.test(text.trim()) ? Number(text) : text;
    case "seeds":
      return listOf(text);
    case "secret":
      // Several while one takes the place of another, newest first.
      return text.includes(",") ? listOf(text) : text;
    default:
      return text;
  }
}

function listOf(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}
