import type { World } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/** After the work has come to rest, every queue and every table of open business is empty. */
export function checkNothingPending(world: World, checks: Checks): Violations {
  return world.nodes.flatMap(({ name, node }) => {
    const { asks, watches, watched } = node.membership.messages.stats();
    const queuedBytes = [...node.transport.links()].flatMap((link) =>
      Object.values(link.stats().channels).map((channel) => channel.queuedBytes),
    );
    const pending = {
      "asks of other nodes": asks,
      "watches of actors elsewhere": watches,
      "watches from elsewhere": watched,
      deadlines: node.system.deadlines.size,
      "parked messages": node.registry.parkedMessages,
      "queued bytes": queuedBytes.reduce((sum, each) => sum + each, 0),
    };
    return Object.entries(pending).flatMap(([what, count]) =>
      checks.compare("nothingPending", count === 0, () => `${name} still has ${count} ${what}`),
    );
  });
}
