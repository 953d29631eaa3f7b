import type { Log } from "@foundation/actor";
import type { FoundationOptions } from "./options.ts";

/** Classes that a line names; further ones are counted. */
const namedMax = 8;

/** Says in the log what is about to run where: with what the others say, five lines at most. */
export function logStart(
  log: Log,
  options: FoundationOptions,
  { name, cluster }: { name: string; cluster: string },
): void {
  const { actors = [] } = options;
  const names = actors.slice(0, namedMax).map((actorClass) => actorClass.name);
  if (actors.length > namedMax) names.push(`+${actors.length - namedMax}`);
  log.info("node starts", { node: name, cluster, ...(names.length > 0 ? { hosts: names } : {}) });
}

/** Says how peers are found, and why so. */
export function logDiscovery(
  log: Log,
  { cluster, seeds = [], discovery = [] }: FoundationOptions,
  strategies: readonly string[],
): void {
  if (strategies.length === 0) {
    return log.info("finds no peers by itself", {
      why: 'cluster is "none", and neither seeds nor discovery were given',
    });
  }
  const isAlone = seeds.length === 0 && discovery.length === 0;
  const chosen = isAlone ? "on this machine; nothing else was given" : "cluster was not given, which stands for local";
  log.info("finds peers", {
    by: strategies,
    ...(seeds.length > 0 ? { seeds: seeds.slice(0, namedMax) } : {}),
    why: cluster === undefined ? chosen : `cluster is "${cluster}"`,
  });
}
