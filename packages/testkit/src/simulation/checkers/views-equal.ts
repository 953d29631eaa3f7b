import type { World } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/** Every node sees every node, and all are up. */
export function checkViewsEqual(world: World, checks: Checks): Violations {
  const expected = new Set(world.nodes.map(({ name }) => `${name}:up`));
  return world.nodes.flatMap(({ name, node }) => {
    const seen = new Set(node.members().map((member) => `${member.nodeId}:${member.status}`));
    const missing = [...expected].filter((member) => !seen.has(member));
    const wrong = [...seen].filter((member) => !expected.has(member));
    return checks.compare(
      "viewsEqual",
      missing.length === 0 && wrong.length === 0,
      () => `${name} does not see [${missing.join(" ")}] and sees [${wrong.join(" ")}]`,
    );
  });
}
