import { OptionTable, optionRule } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";
import type { ProcessPathOptions } from "../processes/network/process-network.ts";
import type { PathOptions } from "./path.ts";

const { either, finiteNumber, infinite, milliseconds } = optionRule;

const probability = finiteNumber({ min: 0, max: 1 });
const delay = milliseconds({ min: 0 });
const rules = {
  delayMs: delay,
  jitterMs: delay,
  loss: probability,
  bytesPerMs: either(finiteNumber({ above: 0 }), infinite),
};

/** The path between two simulated hosts. */
export const pathTable: OptionTable<PathOptions> = new OptionTable(
  "path()",
  { ...rules, spreadMs: delay },
  invalidOption,
);

/** The path between two processes. */
export const processPathTable: OptionTable<ProcessPathOptions> = new OptionTable(
  "path()",
  { ...rules, dropFrames: probability },
  invalidOption,
);

/** Refuses a direction of which only one end is named: that would be no direction, and not all of them. @throws TestkitError `invalidOption`. */
export function checkDirection(from: unknown, to: unknown): void {
  if ((from === undefined) === (to === undefined)) return;
  const missing = from === undefined ? "from" : "to";
  throw invalidOption(`path(): ${missing} is missing; allowed: two nodes for one direction, or none for all others`);
}

/** What of `options` is given: what is undefined changes nothing. */
export function givenOf<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
