import type { World } from "../../world/world.ts";
import type { Violations } from "./violations.ts";

/** Nobody was declared dead: for runs in which everybody lived and could be heard. */
export function checkNobodyDied(world: World): Violations {
  return world.deaths.map(({ at, by, of }) => `${by} declared ${of} dead at ${at.toFixed(0)} ms, and it lived`);
}
