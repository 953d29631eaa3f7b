/** Pauses between probes of a peer whose link broke: quick at first, because most are dead or back at once. */
const probePausesMs = [3, 6, 12, 25, 50, 100, 200, 400] as const;
/** How long a dial may take, also when the deadline has passed. Milliseconds. */
const dialMsMin = 200;
/**
 * How long the other members may take to say whether they still hear the peer: short for one whose address refuses connections,
 * as an ended process does; longer for one that is merely silent, for then all may be busy. Milliseconds.
 */
const inquiryMs = { refused: 40, silent: 1_000 } as const;
/** A timer that is later than this has waited for this node itself. Milliseconds. */
const lagMsMin = 50;
/** A member that heard the peer longer ago than this does not vouch for it. Milliseconds. */
const vouchMsMax = 1_000;

/** What holds through the whole search for a peer. Times are monotonic milliseconds. */
interface Clues {
  /** Until then silence is no verdict. */
  readonly deadlineAt: number;
  /** The last dial was refused: nothing listens there. */
  readonly isRefused: boolean;
  readonly probes: number;
}

/** How far the search for a peer is whose link broke. */
export type PeerSearch = Clues &
  (
    | { readonly phase: "dialing" | "asking" | "over" }
    | { readonly phase: "pausing"; readonly dueAt: number }
    /** Other members were asked, and so many have not answered. */
    | { readonly phase: "waiting"; readonly unanswered: number }
  );

/** What happens. */
export type SearchFact =
  /** A dial has ended, or taken too long. */
  | { readonly kind: "dialed"; readonly outcome: "linked" | "refused" | "silent" }
  | { readonly kind: "pauseOver" }
  /** So many members were asked whether they hear the peer. */
  | { readonly kind: "asked"; readonly count: number }
  /** One of them heard it so many milliseconds ago; null: it has no link to it. */
  | { readonly kind: "answered"; readonly agoMs: number | null }
  /** The members have had their time to answer. */
  | { readonly kind: "inquiryOver" };

/** What is to be done. What was under way until then is given up: a pause, a wait. */
export type SearchEffect =
  | { readonly kind: "dial"; readonly timeoutMs: number }
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "inquire" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "found" }
  | { readonly kind: "declareDown" };

/** When it is, and whether this node may judge a peer by its silence. */
interface Now {
  readonly now: number;
  readonly mayJudgeSilence: boolean;
}

interface Step {
  readonly search: PeerSearch;
  /** Absent: what is under way goes on. */
  readonly effect?: SearchEffect;
}

/** Begins to look for a peer. @param giveUpAfterMs milliseconds without any answer until the verdict. */
export function beginSearch(now: number, giveUpAfterMs: number): Required<Step> {
  return dial({ deadlineAt: now + giveUpAfterMs, isRefused: false, probes: 0 }, now);
}

/**
 * Finds out what became of a peer whose link broke: a step of a machine that reads no clock and sends nothing.
 *
 * The peer is dialed at once and again and again. A link that comes back settles it; an address that refuses connections is a
 * verdict once no other member says that it still hears the peer (which keeps a cut between two nodes from killing either);
 * silence is one when the deadline passes. What does not fit the phase comes too late, and changes nothing.
 */
export function stepSearch(search: PeerSearch, fact: SearchFact, at: Now): Step {
  switch (fact.kind) {
    case "dialed":
      return search.phase === "dialing" ? dialed(search, fact.outcome, at) : { search };
    case "pauseOver": {
      if (search.phase !== "pausing") return { search };
      // While this node stood still it could not hear of the peer, so that time is not the peer's silence.
      const lagMs = at.now - search.dueAt;
      return dial({ ...search, deadlineAt: search.deadlineAt + (lagMs > lagMsMin ? lagMs : 0) }, at.now);
    }
    case "asked": {
      if (search.phase !== "asking") return { search };
      if (fact.count === 0) return judge(search, at);
      const ms = inquiryMs[search.isRefused ? "refused" : "silent"];
      return { search: { ...search, phase: "waiting", unanswered: fact.count }, effect: { kind: "wait", ms } };
    }
    case "answered": {
      if (search.phase !== "waiting") return { search };
      if (fact.agoMs !== null && fact.agoMs < vouchMsMax) return pause(search, at.now);
      const unanswered = search.unanswered - 1;
      return unanswered > 0 ? { search: { ...search, unanswered } } : judge(search, at);
    }
    case "inquiryOver":
      return search.phase === "waiting" ? judge(search, at) : { search };
    default:
      return fact satisfies never;
  }
}

function dialed(search: PeerSearch, outcome: "linked" | "refused" | "silent", { now }: Now): Step {
  if (outcome === "linked") return { search: { ...search, phase: "over" }, effect: { kind: "found" } };
  const isRefused = outcome === "refused";
  if (!isRefused && now < search.deadlineAt) return pause({ ...search, isRefused }, now);
  return { search: { ...search, isRefused, phase: "asking" }, effect: { kind: "inquire" } };
}

/** No other member hears it. */
function judge(search: PeerSearch, { now, mayJudgeSilence }: Now): Step {
  if (!search.isRefused && !mayJudgeSilence) return pause(search, now);
  return { search: { ...search, phase: "over" }, effect: { kind: "declareDown" } };
}

function dial(clues: Clues, now: number): Required<Step> {
  const { deadlineAt, isRefused, probes } = clues;
  const timeoutMs = Math.max(dialMsMin, deadlineAt - now);
  return { search: { deadlineAt, isRefused, probes, phase: "dialing" }, effect: { kind: "dial", timeoutMs } };
}

function pause({ deadlineAt, isRefused, probes }: Clues, now: number): Required<Step> {
  const ms = probePausesMs[Math.min(probes, probePausesMs.length - 1)] as number;
  const clues = { deadlineAt, isRefused, probes: probes + 1 };
  return { search: { ...clues, phase: "pausing", dueAt: now + ms }, effect: { kind: "pause", ms } };
}
