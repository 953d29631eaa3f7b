import type { Ledger } from "../ledger.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

/**
 * A singleton never starts while another copy of it lives: anywhere, until a fault could split the cluster, and then on a
 * node that the starting one sees and that sees it. Where two nodes hold each other for dead, each may run a copy.
 */
export function checkNeverTwo(ledger: Ledger, splitFrom: number, checks: Checks): Violations {
  return ledger.lives.flatMap(({ name, epoch, node, startedAt, before, inSight, beside }) =>
    (startedAt < splitFrom ? before : inSight).flatMap((earlier) =>
      checks.compare(
        "neverTwo",
        !beside.includes(earlier),
        () =>
          `${name} started on ${node} with epoch ${epoch} at ${startedAt.toFixed(0)} ms beside ${earlier.node}#${earlier.epoch}`,
      ),
    ),
  );
}
