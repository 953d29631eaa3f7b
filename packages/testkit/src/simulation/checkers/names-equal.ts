import type { World } from "../../world/world.ts";
import type { Violations } from "./violations.ts";

/** All nodes agree on who holds each name. */
export function checkNamesEqual(world: World): Violations {
  const views = world.nodes.map(({ name, node }) => {
    const owners = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}#${owner.epoch}`);
    return { name, owners: owners.sort().join(" ") };
  });
  return views
    .filter((view) => view.owners !== views[0]?.owners)
    .map((view) => `${view.name} sees names [${view.owners}], ${views[0]?.name} sees [${views[0]?.owners}]`);
}
