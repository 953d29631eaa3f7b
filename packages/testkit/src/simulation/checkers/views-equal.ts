import type { World } from "../../world/world.ts";
import type { Violations } from "./violations.ts";

/** Every node sees every node, and all are up. */
export function checkViewsEqual(world: World): Violations {
  const expected = world.nodes
    .map(({ name }) => `${name}:up`)
    .sort()
    .join(" ");
  return world.nodes.flatMap(({ name, node }) => {
    const seen = node
      .members()
      .map((member) => `${member.nodeId}:${member.status}`)
      .join(" ");
    return seen === expected ? [] : [`${name} sees members [${seen}], not [${expected}]`];
  });
}
