import type { PeerName } from "../peers/peers.ts";
import type { Case, Figures, FiguresBySystem, PeerFigures } from "../report.ts";

/** What a suite needs to know of the run it is part of. */
export interface Run {
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Only Foundation: no ceilings. */
  readonly alone: boolean;
  /** Also freeze a host of the peers' clusters. */
  readonly freezePeers: boolean;
  /** Says what is being done, for people. */
  progress(text: string): void;
}

/** What a suite has measured itself. */
interface Found {
  readonly foundation: Figures;
  /** The same work done bare, by what it was done with. */
  readonly ceilings: FiguresBySystem;
}

/** One suite: the same work on Foundation, bare, and on comparable systems. */
export interface Suite {
  readonly cases: readonly Case[];
  measure(run: Run): Promise<Found>;
  /** Comparable systems that have counterparts. */
  readonly peers: Partial<Readonly<Record<PeerName, (run: Run) => Promise<PeerFigures>>>>;
}
