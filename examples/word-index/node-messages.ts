import type { Batch } from "./feed-queue.ts";
import type { IndexDigest } from "./inverted-index.ts";
import type { LatencyCounts } from "./latency-histogram.ts";

// What the demo and its node processes tell each other over the pipe between parent and child. None of it helps the
// nodes to find each other, the index or the words: that is the cluster's job.

/** What a node process needs to begin. */
export interface NodeSettings {
  readonly name: string;
  /** Private to this run, so that its nodes meet no others. */
  readonly directory: string;
  readonly clusterName: string;
  readonly corpus: string;
  /** What to ask the index for. */
  readonly words: readonly string[];
}

export type ToNode =
  | { readonly kind: "start"; readonly settings: NodeSettings }
  | { readonly kind: "feed"; readonly batch: Batch }
  /** Ask for no more words, and ask again. */
  | { readonly kind: "quiet" }
  | { readonly kind: "ask" }
  | { readonly kind: "digest" }
  | { readonly kind: "stop" };

/** An ask that did not end with an answer. */
export interface FailedAsk {
  readonly message: "lookup" | "add" | "progress";
  readonly code: string;
  readonly text: string;
  /** The node that had the index's name when it was sent. */
  readonly to: string | undefined;
  /** When it was sent, on the clock that all processes share. */
  readonly sentAt: number;
}

/** How one node is doing; counts are since the last report. */
export interface NodeReport {
  readonly members: readonly { readonly name: string; readonly status: string }[];
  readonly index: { readonly host: string; readonly epoch: number } | undefined;
  readonly asks: number;
  readonly failed: readonly FailedAsk[];
  /** Round trips of questions to another node. */
  readonly roundTrips: LatencyCounts;
}

export type FromNode =
  | { readonly kind: "started" }
  | { readonly kind: "fatal"; readonly code: string; readonly text: string }
  | { readonly kind: "report"; readonly report: NodeReport }
  /** A member does not answer any more; so many asks were on their way to it. */
  | { readonly kind: "lost"; readonly member: string; readonly inFlight: number }
  /** The first answer of a newer start of the index. */
  | { readonly kind: "answered"; readonly epoch: number; readonly at: number }
  | { readonly kind: "fed"; readonly batch: number; readonly epoch: number }
  | { readonly kind: "notFed"; readonly batch: number }
  | { readonly kind: "isQuiet" }
  | { readonly kind: "digest"; readonly digest: IndexDigest; readonly epoch: number };

/** Milliseconds on a clock that all processes of one machine share, to compare moments between them. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
