import type { World } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/** All nodes agree on who holds each name. */
export function checkNamesEqual(world: World, checks: Checks): Violations {
  const [first, ...others] = world.nodes.map(({ name, node }) => {
    const owners = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}#${owner.epoch}`);
    return { name, owners: owners.sort().join(" ") };
  });
  if (first === undefined) return [];
  // That two nodes know no names at all says nothing.
  const told = others.filter(({ owners }) => owners !== "" || first.owners !== "");
  return told.flatMap(({ name, owners }) =>
    checks.compare(
      "namesEqual",
      owners === first.owners,
      () => `${name} sees names [${owners}], ${first.name} sees [${first.owners}]`,
    ),
  );
}
