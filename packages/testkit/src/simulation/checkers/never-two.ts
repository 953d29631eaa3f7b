import type { Ledger } from "../ledger.ts";
import type { Violations } from "./violations.ts";

/** Without a split, a singleton never starts while another copy of it lives. */
export function checkNeverTwo(ledger: Ledger): Violations {
  return ledger.lives.flatMap(({ name, epoch, node, startedAt, beside }) =>
    beside.length === 0
      ? []
      : [`${name} started on ${node} with epoch ${epoch} at ${startedAt.toFixed(0)} ms beside ${beside.join(", ")}`],
  );
}
