import type { Runtime } from "@foundation/actor";
import { DiscoveryError, type DiscoveryStrategy, LocalDiscovery, StaticDiscovery } from "@foundation/discovery";
import { variableOf } from "./environment.ts";
import type { FoundationOptions } from "./options.ts";
import { logDiscovery } from "./start-lines.ts";

/** What {@link discoveryStrategies} work with. */
interface DiscoverySurroundings {
  /** Options that were given in code; what else there is came from variables. */
  readonly fromCode: FoundationOptions;
  readonly directory: string;
  readonly runtime: Runtime;
}

/** How a node finds its peers, by its options. @throws DiscoveryError `invalidSeed`. */
export function discoveryStrategies(
  options: FoundationOptions,
  { fromCode, directory, runtime }: DiscoverySurroundings,
): DiscoveryStrategy[] {
  const { cluster = "local", seeds = [], discovery = [] } = options;
  const strategies = [...discovery];
  if (seeds.length > 0) strategies.push(staticDiscovery(seeds, fromCode.seeds === undefined));
  if (cluster === "local") strategies.push(new LocalDiscovery(directory, runtime));
  logDiscovery(
    runtime.log,
    options,
    strategies.map((strategy) => strategy.name),
  );
  return strategies;
}

/** The error names the variable that a seed came from. */
function staticDiscovery(seeds: readonly string[], isVariable: boolean): StaticDiscovery {
  try {
    return new StaticDiscovery(seeds);
  } catch (error) {
    if (!isVariable || !(error instanceof DiscoveryError)) throw error;
    throw new DiscoveryError(error.code, `${variableOf("seeds")}: ${error.message}`);
  }
}
