import type { World } from "../../world/world.ts";
import type { Ledger } from "../ledger.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/** Each singleton has exactly one living copy, and it is the one that the names lead to. */
export function checkOneCopy(
  world: World,
  { ledger, names }: { readonly ledger: Ledger; readonly names: readonly string[] },
  checks: Checks,
): Violations {
  return names.flatMap((name) => {
    const alive = ledger.alive(name).map((life) => `${life.node}#${life.epoch}`);
    const copies = checks.compare(
      "oneCopy",
      alive.length === 1,
      () => `${name} has ${alive.length} living copies [${alive.join(" ")}]`,
    );
    if (copies.length > 0) return copies;
    return world.nodes.flatMap(({ name: at, node }) => {
      const owner = node.registry.owner(name);
      const seen = owner && `${owner.nodeId}#${owner.epoch}`;
      return checks.compare(
        "oneCopy",
        seen === alive[0],
        () => `${at} looks for ${name} at ${seen}, it lives at ${alive[0]}`,
      );
    });
  });
}
