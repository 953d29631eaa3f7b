import type { Node } from "@foundation/runtime";
import type { World } from "./world.ts";

/** Names of one node that a diagnosis lists. */
const namesMax = 20;
/** Events that a diagnosis ends with. */
const eventsMax = 30;

function isRunning(node: Node): boolean {
  try {
    return node.members().length > 0;
  } catch {
    return false;
  }
}

/** What each node of `world` sees, and the last events: what a failed check prints. */
export function diagnose(world: World): string {
  const views = world.nodes.map(({ name, node, runtime }) => {
    // One that a test has stopped itself says no more.
    if (!isRunning(node)) return `  ${name} has stopped`;
    const members = node.members().map((member) => `${member.nodeId}:${member.status}`);
    const owners = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}#${owner.epoch}`);
    return `  ${name} (${runtime.state}) members [${members.join(" ")}] names [${owners.slice(0, namesMax).join(" ")}]`;
  });
  const events = world.trace.tail(eventsMax);
  const at = `seed ${world.seed} at ${world.time.now.toFixed(3)} ms`;
  return [at, ...views, ...events.map((line) => `  ${line}`)].join("\n");
}
