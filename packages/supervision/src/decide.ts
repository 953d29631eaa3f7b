import type { SingletonSpec } from "./singleton-spec.ts";

/** What a node knows of one singleton when it decides what to do about it. */
export interface Picture {
  readonly spec: SingletonSpec | undefined;
  /** The spec that this node hosts under the name; also while that starts or stops. */
  readonly hosted: SingletonSpec | undefined;
  /** Whether the name has an owner, as this node sees it. */
  readonly isOwned: boolean;
  /** Whether this node may start anything: it has joined, does not leave, and the members have said what they know. */
  readonly isReady: boolean;
  /** Milliseconds for which it has to wait after a failure. */
  readonly restMs: number;
  /** Whether placement gives it to this node. Asked last: it takes a hash. */
  isChosen(): boolean;
}

/**
 * What to do: `stop` what runs here and should not; `claim` it, to start it here; look again after `rest`. `homeless`: it has to run
 * and does not, and is not for this node, or not yet. `settled`: nothing is missing.
 */
type Decision =
  | { readonly kind: "stop" | "claim" | "homeless" | "settled" }
  | { readonly kind: "rest"; readonly ms: number };

/** What this node has to do about one singleton. */
export function decide({ spec, hosted, isOwned, isReady, restMs, isChosen }: Picture): Decision {
  const isWanted = spec?.state === "wanted";
  if (hosted !== undefined) return { kind: isWanted && isSameLife(spec, hosted) ? "settled" : "stop" };
  if (!isWanted || isOwned) return { kind: "settled" };
  if (!isReady) return { kind: "homeless" };
  if (restMs > 0) return { kind: "rest", ms: restMs };
  return { kind: isChosen() ? "claim" : "homeless" };
}

/** Whether `hosted` is what `wanted` asks for: not one that was removed and asked for again since. */
function isSameLife(wanted: SingletonSpec, hosted: SingletonSpec): boolean {
  return wanted.revision === hosted.revision && wanted.className === hosted.className;
}
