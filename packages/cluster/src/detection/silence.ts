import type { FailureDetectorOptions } from "./failure-detector-options.ts";

/** What is known of one peer's silence. Times are monotonic milliseconds. */
export interface Silence {
  /** When the first ping that is still unanswered was sent; undefined while none is. */
  readonly waitingSince: number | undefined;
  readonly isSuspect: boolean;
  /** When another member last said that it hears the peer. */
  readonly vouchedAt: number;
}

/** What happens. `heardAt`: when the last byte of the peer came. */
export type SilenceFact =
  /** An interval is over. @param stalledMs how long this node has just stood still. */
  | { readonly kind: "tick"; readonly heardAt: number; readonly stalledMs: number }
  /** The peer's time is up, and what had come from it is read. @param isLate this node has just stood still. */
  | { readonly kind: "verdict"; readonly heardAt: number; readonly isLate: boolean }
  /** Another member heard of the peer so many milliseconds ago. */
  | { readonly kind: "vouched"; readonly agoMs: number };

/** What is to be done, in this order. */
export type SilenceEffect =
  | { readonly kind: "ping" | "trust" | "suspect" | "inquire" | "giveUp" | "declareDown" }
  /** A verdict is due, when what has come until then is read. */
  | { readonly kind: "judgeIn"; readonly delayMs: number };

interface Step {
  readonly silence: Silence;
  readonly effects: readonly SilenceEffect[];
}

/** Of a peer on a new link. */
export const noSilence: Silence = {
  waitingSince: undefined,
  isSuspect: false,
  vouchedAt: Number.NEGATIVE_INFINITY,
};

const nothing: readonly SilenceEffect[] = [];

/** When it is, and what limits there are. */
interface Now {
  readonly now: number;
  readonly options: FailureDetectorOptions;
}

/**
 * Decides about one peer's silence: a step of a machine that reads no clock and sends nothing.
 *
 * Silence is measured from the first unanswered ping, not from the last message, so a peer that stalls for a while is
 * silent for exactly that while. This node's own stalls are subtracted (Lifeguard's local health, Dadgar et al. 2018). A
 * verdict is one about the link alone while another member still hears the peer (SWIM's indirect probe, Das et al. 2002).
 */
export function stepSilence(silence: Silence, fact: SilenceFact, at: Now): Step {
  switch (fact.kind) {
    case "vouched": {
      const isFresh = fact.agoMs < at.options.suspectAfterMs;
      return { silence: isFresh ? { ...silence, vouchedAt: at.now } : silence, effects: nothing };
    }
    case "tick":
      return tick(silence, fact, at);
    case "verdict":
      return judge(silence, fact, at);
    default:
      return fact satisfies never;
  }
}

function tick(before: Silence, { heardAt, stalledMs }: Extract<SilenceFact, { kind: "tick" }>, at: Now): Step {
  const { now, options } = at;
  const hasAnswered = before.waitingSince !== undefined && heardAt > before.waitingSince;
  const { silence, effects: first } = hasAnswered ? answered(before) : { silence: before, effects: nothing };
  if (silence.waitingSince === undefined) {
    if (now - heardAt < options.intervalMs / 2) return { silence, effects: first };
    return { silence: { ...silence, waitingSince: now }, effects: [...first, { kind: "ping" }] };
  }
  // While this node stood still it could not read answers, so that time is nobody's silence.
  const waitingSince = silence.waitingSince + stalledMs;
  const silentMs = now - waitingSince;
  const effects: SilenceEffect[] = [{ kind: "ping" }];
  const isSuspect = silence.isSuspect || silentMs >= options.suspectAfterMs;
  if (isSuspect && !silence.isSuspect) effects.push({ kind: "suspect" });
  if (silentMs >= options.suspectAfterMs) effects.push({ kind: "inquire" });
  const remainingMs = options.downAfterMs - silentMs;
  if (remainingMs <= options.intervalMs) effects.push({ kind: "judgeIn", delayMs: Math.max(0, remainingMs) });
  return { silence: { ...silence, waitingSince, isSuspect }, effects };
}

function judge(silence: Silence, { heardAt, isLate }: Extract<SilenceFact, { kind: "verdict" }>, at: Now): Step {
  const { now, options } = at;
  const { waitingSince, vouchedAt } = silence;
  const undecided = { silence, effects: nothing };
  if (waitingSince === undefined) return undecided;
  if (heardAt > waitingSince) return answered(silence);
  // The next tick subtracts what this node has just stalled.
  if (isLate || now - waitingSince < options.downAfterMs) return undecided;
  // A half-open link, which a router has forgotten or one end of which is gone, would stay silent for ever.
  const isVouchedFor = now - vouchedAt < options.suspectAfterMs;
  return { silence, effects: [{ kind: isVouchedFor ? "giveUp" : "declareDown" }] };
}

function answered(silence: Silence): Step {
  const effects: readonly SilenceEffect[] = silence.isSuspect ? [{ kind: "trust" }] : nothing;
  return { silence: { ...silence, waitingSince: undefined, isSuspect: false }, effects };
}
