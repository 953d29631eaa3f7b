import type { Case, Figures } from "../report.ts";

/** What a suite needs to know of the run it is part of. */
export interface Run {
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Also freeze a host of the peers' clusters. */
  readonly freezePeers: boolean;
  /** Says what is being done, for people. */
  progress(text: string): void;
}

/** One suite: the same work on Foundation and on what it is compared with. */
export interface Suite {
  readonly cases: readonly Case[];
  measure(run: Run): Promise<Figures>;
  measureErlang(run: Run): Promise<Figures>;
}
