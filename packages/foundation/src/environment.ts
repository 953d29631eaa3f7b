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

/** The options that `environment` sets, not checked yet. */
export function optionsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): FoundationOptions {
  const options: Record<string, unknown> = {};
  for (const [variable, option] of Object.entries(variables)) {
    const value = environment[variable];
    if (value === undefined || value === "") continue;
    options[option] = readVariable(option, value);
  }
  return options;
}

function readVariable(option: (typeof variables)[keyof typeof variables], text: string): unknown {
  switch (option) {
    case "port":
      return Number(text);
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
