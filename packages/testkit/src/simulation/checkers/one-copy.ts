import type { World } from "../../world/world.ts";
import type { Ledger } from "../ledger.ts";
import type { Violations } from "./violations.ts";

/** Each singleton has exactly one living copy, and it is the one that the names lead to. */
export function checkOneCopy(world: World, ledger: Ledger, names: readonly string[]): Violations {
  return names.flatMap((name) => {
    const alive = ledger.alive(name).map((life) => `${life.node}#${life.epoch}`);
    if (alive.length !== 1) return [`${name} has ${alive.length} living copies [${alive.join(" ")}]`];
    return world.nodes.flatMap(({ name: at, node }) => {
      const owner = node.registry.owner(name);
      const seen = owner && `${owner.nodeId}#${owner.epoch}`;
      return seen === alive[0] ? [] : [`${at} looks for ${name} at ${seen}, it lives at ${alive[0]}`];
    });
  });
}
