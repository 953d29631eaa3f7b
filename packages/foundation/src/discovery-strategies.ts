import type { Runtime } from "@foundation/actor";
import { type DiscoveryStrategy, LocalDiscovery, StaticDiscovery } from "@foundation/discovery";
import type { FoundationOptions } from "./options.ts";
import { logDiscovery } from "./start-lines.ts";

/** What {@link discoveryStrategies} work with. */
interface DiscoverySurroundings {
  readonly directory: string;
  readonly runtime: Runtime;
}

/** How a node finds its peers, by its options. */
export function discoveryStrategies(
  options: FoundationOptions,
  { directory, runtime }: DiscoverySurroundings,
): DiscoveryStrategy[] {
  const { cluster = "local", seeds = [], discovery = [] } = options;
  const strategies = [...discovery];
  if (seeds.length > 0) strategies.push(new StaticDiscovery(seeds));
  if (cluster === "local") strategies.push(new LocalDiscovery(directory, runtime));
  logDiscovery(
    runtime.log,
    options,
    strategies.map((strategy) => strategy.name),
  );
  return strategies;
}
