import type { SimulatedNode, World } from "../../world/world.ts";
import type { Violations } from "./violations.ts";

/** After everything was stopped, nothing is left behind. */
export function checkNothingLeaks(world: World, stopped: readonly SimulatedNode[]): Violations {
  const left = stopped.flatMap(({ name, node, runtime }) => [
    ...(runtime.timers === 0 ? [] : [`${name} left ${runtime.timers} timers`]),
    ...(node.system.size === 0 ? [] : [`${name} left ${node.system.size} actors`]),
  ]);
  const connections = world.network.openConnections;
  return connections === 0 ? left : [...left, `${connections} ends of connections are open`];
}
