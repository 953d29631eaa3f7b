import type { IndexDigest } from "./inverted-index.ts";
import type { RoundTrips } from "./measurements.ts";

/** Something that happened, in milliseconds since the demo began. */
export interface DemoEvent {
  readonly atMs: number;
  readonly text: string;
}

/** What a run comes to; `npm start -- --json` prints it. */
export interface Summary {
  /** Whether everything held; `problems` says what did not. */
  readonly ok: boolean;
  readonly problems: readonly string[];
  /** Members that every node sees at the end. */
  readonly members: number;
  /** Files and megabytes that were to be indexed. */
  readonly files: number;
  readonly megabytes: number;
  /** Megabytes that were acknowledged, those that died with the first index included. */
  readonly megabytesFed: number;
  /** Round trips of questions to another node over the control channel, over the whole run, the kill included. */
  readonly controlP50Ms: number;
  readonly controlP99Ms: number;
  /** From the kill until the first survivor had an answer by name from the new index. */
  readonly recoveredMs: number;
  /** From the kill until all survivors had one. */
  readonly visibleMs: number;
  readonly asks: number;
  /** Asks that were in flight to the killed process; any other failure is a problem. */
  readonly failedAsks: number;
  readonly indexedWords: number;
  /** Whether the index equals one computed directly from the same texts: every word, file and count. */
  readonly indexMatches: boolean;
  readonly index: IndexDigest;
  /** Which start of the index answered in the end. */
  readonly epoch: number;
  readonly durationMs: number;
  readonly events: readonly DemoEvent[];
}

/** The facts from which {@link summarize} makes a summary. */
interface Facts {
  readonly problems: readonly string[];
  readonly members: number;
  readonly files: number;
  readonly bytes: number;
  readonly fedBytes: number;
  readonly roundTrips: RoundTrips | undefined;
  readonly killedAt: number;
  /** When each survivor first heard from the new index. */
  readonly answeredAt: readonly number[];
  readonly asks: number;
  readonly failedAsks: number;
  readonly index: IndexDigest;
  readonly expected: IndexDigest;
  readonly epoch: number;
  readonly durationMs: number;
  readonly events: readonly DemoEvent[];
}

export function summarize(facts: Facts): Summary {
  const { members, files, asks, failedAsks, index, epoch, events, killedAt, answeredAt } = facts;
  const problems = [...facts.problems];
  const indexMatches = isSameIndex(index, facts.expected);
  if (!indexMatches) problems.push(`the index is ${JSON.stringify(index)}, not ${JSON.stringify(facts.expected)}`);
  if (members !== 3) problems.push(`${members} members at the end, not 3`);
  return {
    ok: problems.length === 0,
    problems,
    members,
    files,
    megabytes: rounded(facts.bytes / 1e6),
    megabytesFed: rounded(facts.fedBytes / 1e6),
    controlP50Ms: rounded(facts.roundTrips?.p50 ?? Number.NaN),
    controlP99Ms: rounded(facts.roundTrips?.p99 ?? Number.NaN),
    recoveredMs: rounded(Math.min(...answeredAt) - killedAt),
    visibleMs: rounded(Math.max(...answeredAt) - killedAt),
    asks,
    failedAsks,
    indexedWords: index.words,
    indexMatches,
    index,
    epoch,
    durationMs: Math.round(facts.durationMs),
    events,
  };
}

function isSameIndex(a: IndexDigest, b: IndexDigest): boolean {
  return a.sha256 === b.sha256 && a.files === b.files && a.words === b.words && a.occurrences === b.occurrences;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
