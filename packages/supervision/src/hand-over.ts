import type { Registry } from "@foundation/registry";
import type { MemberView } from "./member-view.ts";
import type { NameWaiters } from "./name-waiters.ts";
import type { SingletonHost } from "./singleton-host.ts";
import type { SpecTable } from "./spec-table.ts";

/** What the singletons of a node that leaves have to do with. */
export interface HandOverSurroundings {
  readonly registry: Registry;
  readonly table: SpecTable;
  readonly view: MemberView;
  readonly waiters: NameWaiters;
}

/**
 * Stops the singletons that another member can host and waits until they run there, at the latest for `timeoutMs` milliseconds.
 *
 * Those that no other member can host end with the node's other actors, in their order: they can ask older ones until then.
 * Nobody waits for their names after that.
 */
export async function handOver(
  hosts: readonly SingletonHost[],
  timeoutMs: number,
  surroundings: HandOverSurroundings,
): Promise<void> {
  const { registry, table, view, waiters } = surroundings;
  const moving: SingletonHost[] = [];
  for (const host of hosts) {
    if (view.canMove(host.spec)) moving.push(host);
    else host.endWithNode();
  }
  await Promise.all(moving.map((host) => host.stop("handoff", timeoutMs)));
  const hasMoved = (name: string): boolean => {
    const spec = table.get(name);
    return registry.holder(name) !== undefined || spec === undefined || !view.canMove(spec);
  };
  await Promise.all(moving.map(({ spec: { name } }) => waiters.until(name, () => hasMoved(name), timeoutMs)));
  releaseHopeless(surroundings);
}

/** Nobody waits any more for what no member is left to host: also those may leave that could have hosted it. */
export function releaseHopeless({ registry, table, view }: HandOverSurroundings): void {
  for (const spec of table.specs())
    if (spec.state === "wanted" && !view.canMove(spec)) registry.release(spec.name, "no member is left to host it");
}
