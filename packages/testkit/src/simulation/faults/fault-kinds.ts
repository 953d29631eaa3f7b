import { block } from "./block.ts";
import { clock } from "./clock.ts";
import { crash } from "./crash.ts";
import { cut } from "./cut.ts";
import { discovery } from "./discovery.ts";
import type { FaultEffect, FaultKind, FaultName } from "./fault.ts";
import { heal } from "./heal.ts";
import { partition } from "./partition.ts";
import { path } from "./path.ts";
import { pause } from "./pause.ts";
import { powerLoss } from "./power-loss.ts";
import { reset } from "./reset.ts";
import { restart } from "./restart.ts";
import { setBack } from "./set-back.ts";
import { sever } from "./sever.ts";
import { slowLink } from "./slow-link.ts";
import { stall } from "./stall.ts";
import { stranger } from "./stranger.ts";

/** All kinds of faults. */
export const faultKinds: readonly FaultKind[] = [
  crash,
  restart,
  powerLoss,
  setBack,
  pause,
  stall,
  partition,
  block,
  heal,
  cut,
  reset,
  sever,
  path,
  slowLink,
  clock,
  discovery,
  stranger,
];

/** The kind of this name. @throws RangeError when there is none. */
export function faultKind(name: FaultName): FaultKind {
  const kind = faultKinds.find((each) => each.name === name);
  if (kind === undefined) throw new RangeError(`there is no kind of fault named ${name}`);
  return kind;
}

const severity: readonly FaultEffect[] = ["none", "death", "split"];

/**
 * The worst that faults of these kinds can do.
 *
 * Those who run do not need discovery; but a node that starts and is not told of anybody is a cluster of its own.
 */
export function worstEffect(kinds: Iterable<FaultName>): FaultEffect {
  const names = new Set(kinds);
  const effects = [...names].map((name) => severity.indexOf(faultKind(name).effect));
  const worst = severity[Math.max(0, ...effects)] as FaultEffect;
  return worst === "death" && names.has("discovery") ? "split" : worst;
}
