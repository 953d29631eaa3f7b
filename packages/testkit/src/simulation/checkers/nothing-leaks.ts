import type { SimulatedNode, World } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/** After everything was stopped, nothing is left behind. */
export function checkNothingLeaks(world: World, stopped: readonly SimulatedNode[], checks: Checks): Violations {
  const none = (count: number, what: string): Violations =>
    checks.compare("nothingLeaks", count === 0, () => `${count} ${what}`);
  const left = stopped.flatMap(({ name, node, runtime }) => [
    ...none(runtime.timers, `timers are left on ${name}`),
    ...none(node.system.size, `actors are left on ${name}`),
  ]);
  return [...left, ...none(world.network.openConnections, "ends of connections are open")];
}
