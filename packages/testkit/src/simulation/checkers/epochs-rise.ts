import type { Ledger } from "../ledger.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/**
 * Each start of a name has a higher epoch than all those before it that its node can have heard of: all, until a fault could
 * split the cluster, and then those on nodes that it sees and that see it.
 */
export function checkEpochsRise(ledger: Ledger, splitFrom: number, checks: Checks): Violations {
  return ledger.lives.flatMap(({ name, epoch, node, startedAt, before, inSight }) =>
    (startedAt < splitFrom ? before : inSight).flatMap((earlier) =>
      checks.compare(
        "epochsRise",
        epoch > earlier.epoch,
        () => `${name} started on ${node} with epoch ${epoch} after ${earlier.epoch} on ${earlier.node}`,
      ),
    ),
  );
}
