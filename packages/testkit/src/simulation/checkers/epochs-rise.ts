import type { Ledger } from "../ledger.ts";
import type { Violations } from "./violations.ts";

/** Without a split, no epoch of a name is used twice and each start has a higher one than those before. */
export function checkEpochsRise(ledger: Ledger): Violations {
  const last = new Map<string, number>();
  return ledger.lives.flatMap(({ name, epoch, node }) => {
    const before = last.get(name) ?? 0;
    last.set(name, Math.max(before, epoch));
    return epoch > before ? [] : [`${name} started on ${node} with epoch ${epoch} after ${before}`];
  });
}
