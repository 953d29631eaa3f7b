import type { PeerAddress } from "@foundation/transport";
import type { PathOptions } from "../../network/path.ts";
import type { ProcessNodeOptions } from "../node-program.ts";

/** How bytes travel between node processes: what {@link PathOptions} says, and one thing that no network does. */
export interface ProcessPathOptions extends Omit<PathOptions, "spreadMs"> {
  /**
   * Probability that a whole WebSocket message vanishes from the stream, which TCP never lets happen: for tests of the
   * protocol itself. Default 0.
   */
  readonly dropFrames: number;
}

/** When connections are cut. */
export interface CutOptions {
  /** Cut as soon as this many more bytes have gone from the first node to the second. Default: at once. */
  readonly afterBytes?: number;
}

/** What a node process needs in order to live in a network. */
export interface NodePlace {
  /** Options that every node in this network gets. */
  readonly options: ProcessNodeOptions;
  /** A command that runs the program it is followed by. */
  readonly prefix: readonly string[];
}

/** Joins node processes, and causes the faults of the network between them. */
export interface ProcessNetwork {
  /** Prepares the place of a node. Called before each start. */
  place(name: string): Promise<NodePlace>;
  /** The process `name` listens at `address`. */
  listening(name: string, address: PeerAddress): void;
  /** The process `name` is gone. */
  exited(name: string): void;
  /** Where `from` has to dial in order to get to `address`. */
  route(from: string, address: PeerAddress): Promise<PeerAddress>;
  /** Nothing travels from `from` to `to`; what is sent waits. */
  block(from: string, to: string): void;
  /** What `from` sends to `to` vanishes, for good. */
  swallow(from: string, to: string): void;
  /** Undoes every {@link block} and {@link swallow}. */
  heal(): void;
  /** Breaks the connections between two nodes. */
  cut(a: string, b: string, options: CutOptions): void;
  /** Sets how bytes travel from one node to another, or between all. */
  setPath(options: Partial<ProcessPathOptions>, from?: string, to?: string): void;
  /** One line for each direction that is worth one. */
  describe(): string[];
  close(): Promise<void>;
}
