import { OptionTable, optionRule } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";
import type { FaultName } from "./faults/fault.ts";
import { faultKinds } from "./faults/fault-kinds.ts";

/** Settings of a simulation. */
export interface SimulationOptions {
  readonly seed: number;
  /** Default: 3, 5 or 9, drawn from the seed. */
  readonly nodes?: number;
  /** Default: about half of those that do no more harm than the seed allows (swarm testing, Groce et al. 2012). */
  readonly kinds?: readonly FaultName[];
  /** Virtual milliseconds of faults. Default: 3 000 to 40 000, drawn from the seed. */
  readonly faultMs?: number;
  /** Virtual milliseconds between two faults, at most. Default: 100 to 6 000, drawn from the seed. */
  readonly gapMsMax?: number;
  /** Only these faults of the plan that is drawn, by their numbers: how a failure is shortened, and replayed then. */
  readonly keep?: readonly number[];
}

const { listOf, milliseconds, oneOf, required, wholeNumber } = optionRule;

export const simulationTable: OptionTable<SimulationOptions> = new OptionTable(
  "simulate",
  {
    seed: required(wholeNumber()),
    nodes: wholeNumber({ min: 1 }),
    kinds: listOf(oneOf(...faultKinds.map(({ name }) => name))),
    faultMs: milliseconds({ min: 0 }),
    gapMsMax: milliseconds(),
    keep: listOf(wholeNumber({ min: 0 })),
  },
  invalidOption,
);
