import type { Actor } from "@foundation/runtime";
import type { SimulatedNode, World } from "@foundation/testkit";

/** Starts nodes that can host these classes, one after the other, and waits until all know each other. */
export async function startAll(
  world: World,
  names: readonly string[],
  actors: readonly (new (...args: never[]) => Actor)[],
): Promise<SimulatedNode[]> {
  for (const name of names) await world.start(name, { actors: actors as never });
  await world.until(() => world.nodes.every(({ node }) => node.members().length === names.length));
  return world.nodes;
}
