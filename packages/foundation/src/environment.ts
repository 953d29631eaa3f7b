import { nearestOf } from "@foundation/actor/spi";
import { refuseOptions } from "./errors.ts";
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

/**
 * The options that `environment` sets and code does not. What they are is not checked yet, but whether each text is what was
 * meant: white space around it counts for nothing, and text that a shell or a template should have replaced is refused.
 *
 * @throws StartError `invalidOptions`.
 */
export function optionsFromEnvironment(environment: Environment, fromCode: object = {}): FoundationOptions {
  const options: Record<string, unknown> = {};
  for (const [variable, option] of Object.entries(variables)) {
    // A byte order mark is white space here, too.
    const text = environment[variable]?.trim() ?? "";
    if (text === "" || Object.hasOwn(fromCode, option) || (option === "port" && isLinkOfKubernetes(text))) continue;
    const fault = faultOf(text);
    if (fault !== undefined) {
      const seen = option === "secret" ? "" : `, seen ${JSON.stringify(text.slice(0, 80))}`;
      throw refuseOptions([`${variable}: ${fault}${seen}`]);
    }
    options[option] = readVariable(option, text);
  }
  return options;
}

/** Why a text is not what was meant by it, whatever the variable. */
function faultOf(text: string): string | undefined {
  if (/^(["'`]).*\1$/s.test(text)) return "has quotes around it, which are a part of the value here; leave them out";
  if (/^(\$\{.*\}|\$\(.*\)|\{\{.*\}\}|<.*>)$/s.test(text))
    return "is a placeholder that was not replaced; check what sets the variable";
  if (text === "undefined" || text === "null")
    return "is how JavaScript writes a value that is missing; leave the variable out";
  return undefined;
}

/** The variable that stands for `option`. */
export function variableOf(option: PropertyKey | undefined): string | undefined {
  return Object.entries(variables).find(([, each]) => each === option)?.[0];
}

/** A variable that looks like one of ours and is none. */
interface UnknownVariable {
  readonly variable: string;
  /** What was probably meant, or where to look. */
  readonly advice: string;
}

/**
 * Variables that begin with `FOUNDATION_`, in whichever case, and mean nothing here. Their values are nobody's business: one may be
 * a secret.
 *
 * @param options names of all options: some have no variable.
 */
export function unknownVariables(environment: Environment, options: readonly string[]): UnknownVariable[] {
  return Object.keys(environment)
    .filter((name) => /^FOUNDATION_/i.test(name) && !isKnown(name, environment) && !ofKubernetes.test(name))
    .slice(0, unknownMax)
    .map((variable) => ({ variable, advice: adviceOn(variable, options) }));
}

/** On Windows names of variables are the same in whichever case. */
function isKnown(name: string, environment: Environment): boolean {
  const upper = name.toUpperCase();
  return Object.hasOwn(variables, upper) && (name === upper || environment[upper] === environment[name]);
}

function adviceOn(variable: string, options: readonly string[]): string {
  const plain = variable.slice("FOUNDATION_".length).replaceAll("_", "").toLowerCase();
  const option = options.find((each) => each.toLowerCase() === plain);
  const meant = option === undefined ? nearestOf(variable, Object.keys(variables)) : variableOf(option);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (option !== undefined) return `the option ${option} has no variable, give it in code`;
  return "see docs/reference/options.md for those that there are";
}

function readVariable(option: (typeof variables)[keyof typeof variables], text: string): unknown {
  switch (option) {
    case "port":
      // What is no number stays text, so that the error shows what was given.
      return /^\d+$/.test(text) ? Number(text) : text;
    case "seeds":
      return listOf(text);
    case "secret":
      // Several while one takes the place of another, newest first.
      return text.includes(",") ? listOf(text) : text;
    default:
      return text;
  }
}

/** Empty entries stay: one may be that of a variable that was not set, and what comes of that is refused by its place. */
function listOf(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}
