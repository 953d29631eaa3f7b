import type { World } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/**
 * No living node was declared dead before `splitFrom`, when a fault first could make one look dead.
 *
 * @param splitFrom virtual milliseconds; infinite for runs in which everybody can be heard.
 */
export function checkNobodyDied(world: World, splitFrom: number, checks: Checks): Violations {
  return world.nodes.flatMap(({ name }) => {
    const wrong = world.deaths.filter(({ by, at, hasLived }) => by === name && hasLived && at < splitFrom);
    return checks.compare("nobodyDied", wrong.length === 0, () =>
      wrong.map(({ at, of }) => `${name} declared ${of} dead at ${at.toFixed(0)} ms, and it lived`).join("; "),
    );
  });
}
