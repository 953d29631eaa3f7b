import type { SeededRandom } from "../../world/seeded-random.ts";
import type { FaultRanges } from "./fault-ranges.ts";
import type { FaultScene } from "./fault-scene.ts";

/** What kinds of faults there are. */
export type FaultName =
  | "block"
  | "clock"
  | "crash"
  | "cut"
  | "discovery"
  | "heal"
  | "partition"
  | "path"
  | "pause"
  | "powerLoss"
  | "reset"
  | "restart"
  | "setBack"
  | "sever"
  | "slowLink"
  | "stall"
  | "stranger";

/**
 * What a kind of fault can do to a cluster at worst.
 *
 * `none`: everybody lives and is heard of in time. `death`: nodes die, and the living hear each other. `split`: living nodes
 * can come to believe that other living nodes are dead.
 */
export type FaultEffect = "none" | "death" | "split";

/** One fault, complete: it can be caused again without drawing anything. */
export interface Fault {
  readonly kind: FaultName;
  /** For people. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Does it; what makes no sense at this moment is left out. */
  cause(scene: FaultScene): void;
}

/** What faults are drawn from. */
export interface FaultSource {
  readonly random: SeededRandom;
  readonly nodes: readonly string[];
  readonly ranges: FaultRanges;
}

/** One kind of fault. */
export interface FaultKind {
  readonly name: FaultName;
  readonly effect: FaultEffect;
  draw(source: FaultSource): Fault;
}

/** Two different nodes. */
export function pickPair({ random, nodes }: FaultSource): [a: string, b: string] {
  const a = random.pick(nodes);
  return [a, random.pick(nodes.filter((name) => name !== a))];
}
